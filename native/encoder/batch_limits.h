// How large batches are by default, and how many are at work at once.
#pragma once

#include <cstddef>
#include <string>

#include "common/device.h"
#include "encoder/batching.h"

namespace densenode {

constexpr std::size_t kCudaBatchesInFlight = 2;  // a device: one computes while the next is packed and sent

// Of a transformer's session with weights of this type.
BatchLimits LimitsFor(const Device& device, const std::string& dtype);

// Of a StaticEmbedding.
BatchLimits StaticLimits();

}  // namespace densenode
