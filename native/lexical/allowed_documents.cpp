#include "lexical/allowed_documents.h"

namespace densenode {

AllowedDocuments::AllowedDocuments(const Filter& filter, const Snapshot& snapshot)
    : segments_(snapshot.segments().size()) {
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    const LiveSegment& live = snapshot.segments()[s];
    OfSegment& allowed = segments_[s];
    allowed.bits.resize((live.segment->documents() + 63) / 64);
    const auto allow = [&](std::int64_t id, std::uint32_t document) {
      if (filter.Allows(id) && live.Has(document)) allowed.Allow(document);
    };
    // Looking up few ids is less work than asking for every document.
    if (filter.conditions().ids && filter.ids().sorted().size() < live.segment->documents()) {
      for (std::int64_t id : filter.ids().sorted()) {
        const std::uint32_t document = live.segment->FindId(id);
        if (document != Segment::kNone) allow(id, document);
      }
      continue;
    }
    const auto ids = live.segment->ids();
    for (std::uint32_t document = 0; document < ids.size(); ++document) allow(ids[document], document);
  }
}

}  // namespace densenode
