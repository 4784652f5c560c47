// One segment as bytes, and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "lexical/segment.h"

namespace densenode {

// `write` takes one piece after another.
void WriteSegment(const Segment& segment, const std::function<void(const void*, std::size_t)>& write);

// What is wrong with bytes that WriteSegment has not written.
struct BadSegment {
  const char* reason;  // continues "the file ..."
};

// Reads the segment at the front of `*bytes` and moves behind it. Ids must be below `next_id`. Throws
// BadSegment; sizes are checked before memory is taken for them.
std::shared_ptr<Segment> ReadSegment(std::span<const std::byte>* bytes, std::int64_t next_id);

}  // namespace densenode
