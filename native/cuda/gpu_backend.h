// The CUDA side of native/index/device_backend.h.
#pragma once

#include "index/device_backend.h"

namespace densenode {

DeviceBackend& GpuBackend();

}  // namespace densenode
