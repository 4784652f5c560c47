// One byte for each value of the vectors of a Flat index, by chunks, or of inverted lists, beside them: a
// search that is bound by memory reads a quarter as much, and only what the codes cannot rule out in fp32
// (candidate_scan.h). Searches make them as they come by; they are in memory only, never in a file.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>

#include "common/aligned_buffer.h"

namespace densenode {

class ScanCodes {
 public:
  static constexpr std::size_t kChunk = 1024;  // vectors of a part of a Flat index

  // These two with exclusive access to the index, the others from any number of searches at once.
  void Drop();
  // After vectors came behind those that were there.
  void Resize(std::size_t parts);

  // Whether a search of `queries` queries shall read codes, and make what is missing: not where there are no
  // parts, and not for the only query between two changes, for which fp32 is the shorter way. Without access
  // to the index, too.
  bool Wanted(std::size_t queries);
  // The codes of a part, of which the index holds `count` vectors, `bytes` bytes; made by `code` if they are
  // missing. Null where there is no memory for them.
  const std::uint8_t* Part(std::size_t part, std::size_t count, std::size_t bytes,
                           const std::function<void(std::uint8_t*)>& code);
  std::size_t memory_bytes() const { return bytes_; }

 private:
  struct Codes {
    std::mutex mutex;
    std::atomic<std::size_t> coded{0};  // vectors
    AlignedBuffer<std::uint8_t> codes;
  };
  std::deque<Codes> parts_;
  std::atomic<bool> has_parts_{false};
  std::atomic<std::size_t> bytes_{0};
  std::atomic<std::size_t> queries_{0};  // since the last Drop
};

}  // namespace densenode
