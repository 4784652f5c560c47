// One byte for each value of the vectors of a graph, beside them: a search compares what it meets by these
// first, and reads a vector of four times the size only where they cannot rule it out. Searches make the code
// of a vector when they first read the vector; codes are in memory only, never in a file.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "common/zero_pages.h"

namespace densenode {

class RowCodes {
 public:
  // Ends a row. What bounds need to know of a vector (candidate_scan.h), once `state` is kMade.
  struct Tail {
    enum State : std::uint32_t { kNone, kBeingMade, kMade };
    std::atomic<std::uint32_t> state;
    float scale, norm, residual;
    float offset;  // taken from products: half the squared norm for l2
  };

  // Bytes of a row: values, and the tail, in whole cache lines.
  static std::size_t RowBytes(std::size_t dimension) {
    constexpr std::size_t kLine = 64;
    return (dimension + sizeof(Tail) + kLine - 1) / kLine * kLine;
  }

  // These two with exclusive access to the index, the others from any number of searches at once.
  void Drop() { Reserve(0); }
  // After vectors came behind those that were there.
  void Resize(std::size_t vectors, std::size_t dimension);

  // Nothing can be made: no vectors, or no memory.
  bool empty() const { return !rows_.data(); }
  std::uint8_t* Row(std::size_t vector) const { return rows_.data() + vector * row_bytes_; }
  Tail& TailOf(std::uint8_t* row) const { return *reinterpret_cast<Tail*>(row + row_bytes_ - sizeof(Tail)); }
  std::size_t row_bytes() const { return row_bytes_; }

  // Told by searches.
  void Made(std::size_t rows) { made_.fetch_add(rows, std::memory_order_relaxed); }
  std::size_t memory_bytes() const { return made_.load(std::memory_order_relaxed) * row_bytes_; }

 private:
  void Reserve(std::size_t vectors);

  ZeroPages rows_;  // zero is kNone
  std::size_t row_bytes_ = 0, room_ = 0;
  std::atomic<std::size_t> made_{0};
};

}  // namespace densenode
