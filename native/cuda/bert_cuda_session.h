// A post-norm encoder on one CUDA device: packed tokens, ONNX Runtime's CUDA provider, pooling by our kernel.
#pragma once

#include <memory>

#include "common/device.h"
#include "encoder/packed_graph.h"
#include "encoder/session.h"

namespace densenode {

// `spec` as for BuildPackedGraph. Throws as that; DEVICE_UNAVAILABLE, OUT_OF_MEMORY or ENGINE_FAILED. The
// weights are on the device afterwards, and host memory holds none.
std::unique_ptr<EncoderSession> OpenCudaSession(const TransformerSpec& spec, const Checkpoint& checkpoint,
                                                WeightType type, const Device& device);

}  // namespace densenode
