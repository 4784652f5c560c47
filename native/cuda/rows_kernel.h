// Checks and small transforms of row-major vectors on the device: what vectors.h is for host memory.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>

namespace densenode {

// Copies rows, scaled to length 1 with `normalize` (a row of zeros stays zero); `out` may be `in`, or null
// to check only. Sets *flag to 1 where a value is NaN or of a magnitude above `most`, or a row that is not
// scaled has a squared norm above `most_squared`. Pointers are of the current device; starts the work on
// `stream` and returns.
void StartCopyRows(const float* in, std::size_t rows, std::size_t dimension, bool normalize, float most,
                   float most_squared, float* out, int* flag, cudaStream_t stream);

}  // namespace densenode
