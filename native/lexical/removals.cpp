#include "lexical/removals.h"

namespace densenode {

Removals::Removals(const Segment& segment, const Removals* before,
                   const std::vector<std::uint32_t>& documents)
    : bits_((segment.documents() + 63) / 64), documents_with_(segment.parts().terms.size()) {
  if (before) *this = *before;
  for (std::uint32_t document : documents) {
    bits_[document / 64] |= std::uint64_t{1} << (document % 64);
    total_length_ += segment.parts().lengths[document];
  }
  documents_ += static_cast<std::uint32_t>(documents.size());
  for (std::uint32_t term = 0; term < documents_with_.size(); ++term) {
    const PostingList list = segment.List(term);
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i < list.size; ++i) count += Has(list.documents[i]);
    documents_with_[term] = count;
  }
}

std::size_t Removals::memory_bytes() const {
  return bits_.capacity() * sizeof(std::uint64_t) + documents_with_.capacity() * sizeof(std::uint32_t);
}

}  // namespace densenode
