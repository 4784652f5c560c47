// A transformer in fp32 on the CPU: an ONNX graph made in memory from its spec and its weights.
#pragma once

#include <memory>

#include "encoder/architecture/transformer_spec.h"
#include "encoder/checkpoint.h"
#include "encoder/padded_session.h"

namespace densenode {

// Weights that are stored as F32 stay in the file's mapping. Throws MODEL_INVALID for tensors that are
// missing or have another shape than `spec` implies.
std::unique_ptr<PaddedSession> OpenTransformerSession(const TransformerSpec& spec,
                                                      const Checkpoint& checkpoint);

}  // namespace densenode
