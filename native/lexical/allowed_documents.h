// The documents of a snapshot that a filter allows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/filter.h"
#include "lexical/snapshot.h"

namespace densenode {

class AllowedDocuments {
 public:
  // After Filter::Of.
  AllowedDocuments(const Filter& filter, const Snapshot& snapshot);

  // Of one segment: bit d % 64 of word d / 64 for document d. Removed ones have none.
  const std::vector<std::uint64_t>& bits(std::size_t segment) const { return segments_[segment].bits; }
  std::size_t count(std::size_t segment) const { return segments_[segment].count; }

 private:
  struct OfSegment {
    std::vector<std::uint64_t> bits;
    std::size_t count = 0;
    void Allow(std::uint32_t document) {  // once each
      bits[document / 64] |= std::uint64_t{1} << (document % 64);
      ++count;
    }
  };
  std::vector<OfSegment> segments_;
};

}  // namespace densenode
