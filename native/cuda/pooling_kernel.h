// Pooling on the device: token vectors of packed texts to embeddings, in one pass over the token vectors.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

#include "encoder/modules/pooling.h"

namespace densenode {

enum class HiddenType { kFloat32, kFloat16 };

struct PoolingWork {
  // tokens x dimension, row major, the texts one after another.
  const void* hidden = nullptr;
  HiddenType type = HiddenType::kFloat32;
  std::size_t dimension = 0;
  const std::int32_t* cumulative = nullptr;  // texts + 1: text i has rows [cumulative[i], cumulative[i + 1])
  std::size_t texts = 0;

  PoolingMode mode = PoolingMode::kMean;  // kWeightedMean cannot be had
  std::size_t out_dimension = 0;          // leading values kept
  bool normalize = false;                 // after the cut

  float* out = nullptr;                 // rows of out_dimension floats
  const std::uint32_t* rows = nullptr;  // text i goes to row rows[i]; null: to row i
};

// Starts the work on `stream`, as PoolText does it for each text, with sums in fp32. Pointers are of the
// device that is current. A text without rows becomes the zero vector.
void StartPooling(const PoolingWork& work, cudaStream_t stream);

}  // namespace densenode
