#include <algorithm>

#include "cuda/check.h"
#include "cuda/rows_kernel.h"

namespace densenode {
namespace {

constexpr unsigned kThreads = 256;
constexpr unsigned kWarp = 32;
constexpr std::size_t kMostBlocks = 65535;

// The sum of `value` over the block, in every thread. In double, as NormalizeRows of the CPU: the squares of
// large floats overflow, those of small ones vanish.
__device__ double BlockSum(double value) {
  __shared__ double of_warps[kThreads / kWarp];
  for (int offset = kWarp / 2; offset > 0; offset /= 2) value += __shfl_xor_sync(0xffffffffu, value, offset);
  __syncthreads();  // the sums of the row before have been read
  if (threadIdx.x % kWarp == 0) of_warps[threadIdx.x / kWarp] = value;
  __syncthreads();
  double sum = 0;
  for (unsigned warp = 0; warp < kThreads / kWarp; ++warp) sum += of_warps[warp];
  return sum;
}

// One block a row, in turns.
__global__ void __launch_bounds__(kThreads)
    CopyRows(const float* in, std::size_t rows, std::size_t dimension, bool normalize, float most,
             float most_squared, float* out, int* flag) {
  for (std::size_t row = blockIdx.x; row < rows; row += gridDim.x) {
    const float* from = in + row * dimension;
    double squares = 0;
    bool wrong = false;
    for (std::size_t i = threadIdx.x; i < dimension; i += kThreads) {
      const float value = from[i];
      wrong |= !(fabsf(value) <= most);  // true for NaN
      squares += static_cast<double>(value) * value;
    }
    squares = BlockSum(squares);
    if (wrong || (!normalize && squares > most_squared)) *flag = 1;
    if (!out) continue;
    const double scale = squares > 0 ? 1 / sqrt(squares) : 0;
    float* to = out + row * dimension;
    for (std::size_t i = threadIdx.x; i < dimension; i += kThreads) {
      to[i] = normalize ? static_cast<float>(from[i] * scale) : from[i];
    }
  }
}

}  // namespace

void StartCopyRows(const float* in, std::size_t rows, std::size_t dimension, bool normalize, float most,
                   float most_squared, float* out, int* flag, cudaStream_t stream) {
  if (rows == 0) return;
  const auto blocks = static_cast<unsigned>(std::min(rows, kMostBlocks));
  CopyRows<<<blocks, kThreads, 0, stream>>>(in, rows, dimension, normalize, most, most_squared, out, flag);
  CheckCuda(cudaGetLastError(), "starting to copy vectors");
}

}  // namespace densenode
