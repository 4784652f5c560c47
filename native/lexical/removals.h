// Which documents of a segment have been removed, and what the statistics of the index lose by it. Immutable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "lexical/segment.h"

namespace densenode {

class Removals {
 public:
  // `before` (null: none) and `documents`, of which none has been removed before and none stands twice.
  Removals(const Segment& segment, const Removals* before, const std::vector<std::uint32_t>& documents);

  bool Has(std::uint32_t document) const { return bits_[document / 64] >> (document % 64) & 1; }
  const std::vector<std::uint64_t>& bits() const { return bits_; }
  std::uint32_t documents() const { return documents_; }
  std::uint64_t total_length() const { return total_length_; }
  // How many of them have this word of the segment.
  std::uint32_t DocumentsWith(std::uint32_t term) const { return documents_with_[term]; }
  std::size_t memory_bytes() const;

 private:
  std::vector<std::uint64_t> bits_;
  std::uint32_t documents_ = 0;
  std::uint64_t total_length_ = 0;
  std::vector<std::uint32_t> documents_with_;
};

}  // namespace densenode
