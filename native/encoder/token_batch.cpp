#include "encoder/token_batch.h"

#include <algorithm>

namespace densenode {

std::size_t TokenBatch::longest() const {
  return lengths.empty() ? 0 : static_cast<std::size_t>(*std::max_element(lengths.begin(), lengths.end()));
}

void TokenBatch::Append(const TokenBatch& other) {
  ids.insert(ids.end(), other.ids.begin(), other.ids.end());
  type_ids.insert(type_ids.end(), other.type_ids.begin(), other.type_ids.end());
  lengths.insert(lengths.end(), other.lengths.begin(), other.lengths.end());
}

PaddedBatch Pad(const TokenBatch& batch) {
  PaddedBatch padded;
  padded.count = batch.count();
  padded.length = batch.longest();
  padded.ids.assign(padded.count * padded.length, batch.pad_id);
  padded.type_ids.assign(padded.count * padded.length, 0);
  padded.lengths = batch.lengths;
  padded.seen = batch.seen.empty() ? batch.lengths : batch.seen;
  std::size_t from = 0;
  for (std::size_t row = 0; row < padded.count; ++row) {
    const auto length = static_cast<std::size_t>(batch.lengths[row]);
    std::copy_n(batch.ids.data() + from, length, padded.ids.data() + row * padded.length);
    std::copy_n(batch.type_ids.data() + from, length, padded.type_ids.data() + row * padded.length);
    from += length;
  }
  return padded;
}

Packing DescribePacking(const TokenBatch& batch, std::size_t longest) {
  Packing packing;
  packing.cumulative = {0};
  packing.cumulative.reserve(batch.count() + 1);
  packing.token_offset.reserve(batch.count() * longest);
  for (std::size_t row = 0; row < batch.count(); ++row) {
    const std::int32_t length = batch.lengths[row];
    for (std::int32_t i = 0; i < length; ++i)
      packing.token_offset.push_back(static_cast<std::int32_t>(row * longest) + i);
    packing.cumulative.push_back(packing.cumulative.back() + length);
  }
  for (std::size_t row = 0; row < batch.count(); ++row) {
    for (auto i = static_cast<std::size_t>(batch.lengths[row]); i < longest; ++i)
      packing.token_offset.push_back(static_cast<std::int32_t>(row * longest + i));
  }
  return packing;
}

}  // namespace densenode
