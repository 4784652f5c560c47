// A transformer in fp32 or int8 on the CPU: an ONNX graph made in memory from its spec and its weights.
#pragma once

#include <memory>

#include "encoder/architecture/transformer_spec.h"
#include "encoder/checkpoint.h"
#include "encoder/padded_session.h"

namespace densenode {

enum class GraphWeights {
  kFloat32,  // those that are stored as F32 stay in the file's mapping
  // Of linear maps and of the table of words, quantized while they are read (int8_matrix.h).
  kInt8,
  // The same with one bit less in linear maps, for CPUs without VNNI: ONNX Runtime there adds two products of
  // 8 bits in 16 (vpmaddubsw), which hold 2 x 255 x 63, but not 2 x 255 x 127.
  kInt7,
};

// Throws MODEL_INVALID for tensors that are missing or have another shape than `spec` implies.
std::unique_ptr<PaddedSession> OpenTransformerSession(const TransformerSpec& spec,
                                                      const Checkpoint& checkpoint,
                                                      GraphWeights weights = GraphWeights::kFloat32);

}  // namespace densenode
