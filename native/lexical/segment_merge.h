// Several segments as one, without their removed documents.
#pragma once

#include <memory>
#include <span>

#include "lexical/removals.h"
#include "lexical/segment.h"

namespace densenode {

// A segment, and what has been removed from it.
struct LiveSegment {
  std::shared_ptr<const Segment> segment;
  std::shared_ptr<const Removals> removals;  // null: nothing

  std::uint32_t documents() const { return segment->documents() - (removals ? removals->documents() : 0); }
  std::uint64_t total_length() const {
    return segment->total_length() - (removals ? removals->total_length() : 0);
  }
  bool Has(std::uint32_t document) const { return !removals || !removals->Has(document); }
  // Documents with a word of the segment.
  std::uint32_t DocumentsWith(std::uint32_t term) const {
    return segment->DocumentsWith(term) - (removals ? removals->DocumentsWith(term) : 0);
  }
};

// One segment has room for all of `segments`.
bool CanMerge(std::span<const LiveSegment> segments);
// Documents stay in their order and keep their ids, where they have some. One document at least must be left.
std::shared_ptr<Segment> Merge(std::span<const LiveSegment> segments);

}  // namespace densenode
