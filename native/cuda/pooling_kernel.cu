#include <cuda_fp16.h>

#include <algorithm>

#include "cuda/check.h"
#include "cuda/pooling_kernel.h"

namespace densenode {
namespace {

constexpr unsigned kThreads = 256;
constexpr unsigned kWarp = 32;

__device__ float ToFloat(float value) { return value; }
__device__ float ToFloat(__half value) { return __half2float(value); }

// kLanes neighbouring values of one token, read at once.
template <typename T, int kLanes>
struct alignas(sizeof(T) * kLanes) Piece {
  T values[kLanes];
};

// The sum of `value` over the block, in every thread.
__device__ float BlockSum(float value) {
  __shared__ float of_warps[kThreads / kWarp];
  const unsigned thread = threadIdx.y * blockDim.x + threadIdx.x;
  for (int offset = kWarp / 2; offset > 0; offset /= 2) value += __shfl_xor_sync(0xffffffffu, value, offset);
  if (thread % kWarp == 0) of_warps[thread / kWarp] = value;
  __syncthreads();
  float sum = 0.0f;
  for (unsigned warp = 0; warp < kThreads / kWarp; ++warp) sum += of_warps[warp];
  return sum;
}

// One block a text. Its threads stand in columns, one for each piece of the vector (in turns where there are
// more), and rows, which share the tokens; the first row of threads writes.
template <typename T, int kLanes>
__global__ void __launch_bounds__(kThreads) Pool(PoolingWork work) {
  __shared__ float shared[kThreads * kLanes];
  const std::int32_t begin = work.cumulative[blockIdx.x];
  const std::int32_t length = work.cumulative[blockIdx.x + 1] - begin;
  const auto* hidden = static_cast<const T*>(work.hidden) + static_cast<std::size_t>(begin) * work.dimension;
  float* out = work.out +
               static_cast<std::size_t>(work.rows ? work.rows[blockIdx.x] : blockIdx.x) * work.out_dimension;

  const bool maximum = work.mode == PoolingMode::kMax;
  std::int32_t first = 0, last = length;
  if (work.mode == PoolingMode::kCls) last = min(1, length);
  if (work.mode == PoolingMode::kLastToken) first = max(0, length - 1);
  float scale = 1.0f;
  if (work.mode == PoolingMode::kMean) scale = 1.0f / static_cast<float>(max(1, length));
  if (work.mode == PoolingMode::kMeanSqrtLen) scale = 1.0f / sqrtf(static_cast<float>(max(1, length)));
  const float start = maximum && length > 0 ? -INFINITY : 0.0f;

  float* mine = shared + (threadIdx.y * blockDim.x + threadIdx.x) * kLanes;
  const unsigned columns = static_cast<unsigned>((work.out_dimension + kLanes - 1) / kLanes);
  float squares = 0.0f;
  for (unsigned turn = 0; turn < columns; turn += blockDim.x) {
    const unsigned column = turn + threadIdx.x;
    float values[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) values[lane] = start;
    if (column < columns) {
      const T* from = hidden + static_cast<std::size_t>(column) * kLanes;
#pragma unroll 4
      for (std::int32_t row = first + static_cast<std::int32_t>(threadIdx.y); row < last;
           row += static_cast<std::int32_t>(blockDim.y)) {
        const auto piece =
            *reinterpret_cast<const Piece<T, kLanes>*>(from + static_cast<std::size_t>(row) * work.dimension);
        for (int lane = 0; lane < kLanes; ++lane) {
          const float value = ToFloat(piece.values[lane]);
          values[lane] = maximum ? fmaxf(values[lane], value) : values[lane] + value;
        }
      }
    }
    if (blockDim.y > 1) {
      for (int lane = 0; lane < kLanes; ++lane) mine[lane] = values[lane];
      __syncthreads();
      for (unsigned other = 1; threadIdx.y == 0 && other < blockDim.y; ++other) {
        for (int lane = 0; lane < kLanes; ++lane) {
          const float value = mine[other * blockDim.x * kLanes + lane];
          values[lane] = maximum ? fmaxf(values[lane], value) : values[lane] + value;
        }
      }
      __syncthreads();  // before the next turn writes
    }
    if (threadIdx.y == 0) {
      for (int lane = 0; lane < kLanes; ++lane) {
        const std::size_t place = static_cast<std::size_t>(column) * kLanes + lane;
        if (place >= work.out_dimension) break;
        const float value = values[lane] * scale;
        out[place] = value;
        squares += value * value;
      }
    }
  }
  if (!work.normalize) return;
  const float factor = 1.0f / fmaxf(sqrtf(BlockSum(squares)), 1e-12f);
  if (threadIdx.y != 0) return;
  for (unsigned column = threadIdx.x; column < columns; column += blockDim.x) {
    for (int lane = 0; lane < kLanes; ++lane) {
      const std::size_t place = static_cast<std::size_t>(column) * kLanes + lane;
      if (place < work.out_dimension) out[place] *= factor;  // what this very thread wrote
    }
  }
}

template <typename T, int kLanes>
void Launch(const PoolingWork& work, cudaStream_t stream) {
  const std::size_t columns = (work.out_dimension + kLanes - 1) / kLanes;
  unsigned across = kWarp;
  while (across < kThreads && across < columns) across *= 2;
  Pool<T, kLanes><<<static_cast<unsigned>(work.texts), dim3(across, kThreads / across), 0, stream>>>(work);
}

// Whole pieces can be read where rows begin at multiples of them.
template <typename T>
void LaunchWidest(const PoolingWork& work, cudaStream_t stream) {
  constexpr int kWide = 16 / sizeof(T);
  const bool aligned = reinterpret_cast<std::uintptr_t>(work.hidden) % 16 == 0;
  if (aligned && work.dimension % kWide == 0) {
    Launch<T, kWide>(work, stream);
  } else {
    Launch<T, 1>(work, stream);
  }
}

}  // namespace

void StartPooling(const PoolingWork& work, cudaStream_t stream) {
  if (work.texts == 0 || work.out_dimension == 0) return;
  if (work.type == HiddenType::kFloat16) {
    LaunchWidest<__half>(work, stream);
  } else {
    LaunchWidest<float>(work, stream);
  }
  CheckCuda(cudaGetLastError(), "starting the pooling kernel");
}

}  // namespace densenode
