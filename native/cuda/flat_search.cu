#include <cublas_v2.h>
#include <cuda_fp16.h>

#include <algorithm>
#include <faiss/gpu/impl/BroadcastSum.cuh>
#include <faiss/gpu/impl/DistanceUtils.cuh>
#include <faiss/gpu/impl/FlatIndex.cuh>
#include <faiss/gpu/impl/L2Norm.cuh>
#include <faiss/gpu/utils/BlockSelectKernel.cuh>
#include <faiss/gpu/utils/ConversionOperators.cuh>
#include <limits>

#include "cuda/check.h"
#include "cuda/flat_search.h"

namespace densenode {
namespace {

using faiss::idx_t;
using faiss::gpu::DeviceTensor;
using faiss::gpu::Tensor;

constexpr unsigned kThreads = 256;
constexpr unsigned kWarp = 32;
constexpr unsigned kWarps = kThreads / kWarp;

// Queries that share one reading of the vectors by ScoreFew; beyond, cuBLAS is as fast.
constexpr int kMostFew = 4;
// Vectors that a warp of ScoreFew reads at once, so that enough reads are under way.
constexpr int kUnroll = 4;
constexpr std::size_t kMostSharedBytes = 48 << 10;

// Distances of one round: enough for all multiprocessors, and no more than FAISS's temporary memory holds
// beside the candidates.
constexpr std::size_t kMostDistances = std::size_t{1} << 28;
// From so many queries on, rows alone keep the device busy, and pieces are large tiles.
constexpr std::size_t kManyQueries = 1024;
constexpr std::size_t kTileRows = 2048;
// With fewer, each row is cut into pieces: about so many are selected from at once.
constexpr std::size_t kPieces = 2048;
constexpr std::size_t kMostPiecesOfRow = 256;
constexpr std::size_t kLeastPiece = 1024;
constexpr std::size_t kMostCandidatesOfRow = 32768;

__device__ float ToFloat(float value) { return value; }
__device__ float ToFloat(__half value) { return __half2float(value); }

template <typename T>
struct alignas(16) Piece {
  static constexpr int kValues = 16 / sizeof(T);
  T values[kValues];
};

// out[q * stride + i] = scale * (query q . vector i) + norms[i], for up to kQueries queries. Each warp takes
// kUnroll neighbouring vectors at a time and reads 16 bytes a lane; the queries lie in shared memory in the
// order in which lanes read them. dimension: a multiple of Piece<T>::kValues.
template <typename T, int kQueries>
__global__ void __launch_bounds__(kThreads)
    ScoreFew(const T* vectors, idx_t count, int dimension, const T* queries, int n, float scale,
             const float* norms, float* out, idx_t stride) {
  constexpr int kValues = Piece<T>::kValues;
  constexpr int kStep = kValues * static_cast<int>(kWarp);  // values that a warp reads of one vector at once
  extern __shared__ float shared[];
  const int padded = (dimension + kStep - 1) / kStep * kStep;
  // Value j of lane l in step s is at s * kStep + j * 32 + l: lanes read neighbouring words.
  for (int i = static_cast<int>(threadIdx.x); i < kQueries * padded; i += static_cast<int>(kThreads)) {
    const int query = i / padded, at = i % padded;
    const int place = at / kStep * kStep + at % kValues * static_cast<int>(kWarp) + at % kStep / kValues;
    shared[query * padded + place] = query < n && at < dimension
                                         ? ToFloat(queries[static_cast<std::size_t>(query) * dimension + at])
                                         : 0.0f;
  }
  __syncthreads();

  const int lane = static_cast<int>(threadIdx.x % kWarp);
  const idx_t warp = static_cast<idx_t>(blockIdx.x) * kWarps + threadIdx.x / kWarp;
  const idx_t warps = static_cast<idx_t>(gridDim.x) * kWarps;
  for (idx_t first = warp * kUnroll; first < count; first += warps * kUnroll) {
    float sums[kUnroll][kQueries] = {};
    for (int step = 0; step < padded; step += kStep) {
      const int at = step + lane * kValues;
      Piece<T> pieces[kUnroll];
#pragma unroll
      for (int u = 0; u < kUnroll; ++u) {
        if (at < dimension && first + u < count) {
          pieces[u] = *reinterpret_cast<const Piece<T>*>(vectors + (first + u) * dimension + at);
        } else {
          pieces[u] = {};
        }
      }
#pragma unroll
      for (int j = 0; j < kValues; ++j) {
#pragma unroll
        for (int q = 0; q < kQueries; ++q) {
          const float value = shared[q * padded + step + j * static_cast<int>(kWarp) + lane];
#pragma unroll
          for (int u = 0; u < kUnroll; ++u) sums[u][q] += value * ToFloat(pieces[u].values[j]);
        }
      }
    }
#pragma unroll
    for (int u = 0; u < kUnroll; ++u) {
#pragma unroll
      for (int q = 0; q < kQueries; ++q) {
        float sum = sums[u][q];
        for (int offset = kWarp / 2; offset > 0; offset /= 2)
          sum += __shfl_xor_sync(0xffffffffu, sum, offset);
        if (lane == 0 && first + u < count && q < n) {
          out[q * stride + first + u] = scale * sum + (norms ? norms[first + u] : 0.0f);
        }
      }
    }
  }
}

// Rows of distances before the product is added: norms (where given) for `columns` columns, and `pad`, which
// no selection takes, from there to `stride`. Without norms only the pads are written.
__global__ void __launch_bounds__(kThreads)
    FillRows(float* out, idx_t rows, idx_t columns, idx_t stride, const float* norms, float pad) {
  const idx_t first = norms ? 0 : columns;
  const idx_t width = stride - first;
  const idx_t all = rows * width;
  for (idx_t i = static_cast<idx_t>(blockIdx.x) * kThreads + threadIdx.x; i < all;
       i += static_cast<idx_t>(gridDim.x) * kThreads) {
    const idx_t row = i / width, column = first + i % width;
    out[row * stride + column] = column < columns ? norms[column] : pad;
  }
}

// FAISS keeps the norms of a flat index to itself and those who derive from it.
class Norms : public faiss::gpu::FlatIndex {
 public:
  static const float* Of(faiss::gpu::FlatIndex& index) { return (index.*&Norms::norms_).data(); }
};

class Capacity : public faiss::gpu::FlatIndex {
 public:
  static std::size_t Of(faiss::gpu::FlatIndex& index) {
    const bool half = index.getUseFloat16();
    const std::size_t bytes =
        half ? (index.*&Capacity::rawData16_).capacity() : (index.*&Capacity::rawData32_).capacity();
    return bytes / (static_cast<std::size_t>(index.getDim()) * (half ? sizeof(__half) : sizeof(float)));
  }
};

template <typename T>
constexpr cudaDataType_t kCudaType = std::is_same_v<T, float> ? CUDA_R_32F : CUDA_R_16F;

template <typename T>
class Search {
 public:
  Search(faiss::gpu::GpuResources& resources, Tensor<T, 2, true>& vectors, const float* norms)
      : resources_(resources),
        vectors_(vectors),
        norms_(norms),
        count_(vectors.getSize(0)),
        dimension_(static_cast<int>(vectors.getSize(1))),
        stream_(resources.getDefaultStreamCurrentDevice()) {}

  // norms: null for inner product.
  void Run(Tensor<T, 2, true>& queries, int k, Tensor<float, 2, true>& scores,
           Tensor<idx_t, 2, true>& positions) {
    const auto n = queries.getSize(0);
    const std::size_t free = resources_.getTempMemoryAvailableCurrentDevice();
    const auto most =
        static_cast<idx_t>(std::clamp<std::size_t>(free / 2 / sizeof(float), 1 << 20, kMostDistances));
    idx_t rows = n, pieces = 1, piece = count_;
    const bool tiles = static_cast<std::size_t>(n) >= kManyQueries || count_ > most;
    if (tiles) {
      // Each piece is a product of its own.
      rows = std::min<idx_t>(n, kTileRows);
      piece = std::min(count_, std::max<idx_t>(most / rows / 128 * 128, 128));
      pieces = (count_ + piece - 1) / piece;
    } else {
      // One product makes all pieces of some rows.
      rows = std::min(n, most / count_);
      const auto wanted = static_cast<std::size_t>((kPieces + rows - 1) / rows);
      pieces = static_cast<idx_t>(
          std::min({wanted, kMostPiecesOfRow, std::max<std::size_t>(1, kMostCandidatesOfRow / k),
                    std::max<std::size_t>(1, static_cast<std::size_t>(count_) / kLeastPiece)}));
      piece = (count_ + pieces - 1) / pieces;
      pieces = (count_ + piece - 1) / piece;
      // A few more columns than the budget allows, where the last piece is not full.
    }
    const idx_t stride = tiles ? piece : pieces * piece;
    const auto temporary = faiss::gpu::makeTempAlloc(faiss::gpu::AllocType::Other, stream_);
    DeviceTensor<float, 2, true> distances(&resources_, temporary, {rows, stride});
    DeviceTensor<float, 2, true> candidates(&resources_, temporary, {rows, pieces * k});
    DeviceTensor<idx_t, 2, true> places(&resources_, temporary, {rows, pieces * k});

    for (idx_t begin = 0; begin < n; begin += rows) {
      const idx_t now = std::min(rows, n - begin);
      auto some = queries.narrow(0, begin, now);
      auto out_scores = scores.narrow(0, begin, now);
      auto out_positions = positions.narrow(0, begin, now);
      auto rows_candidates = candidates.narrow(0, 0, now);
      auto rows_places = places.narrow(0, 0, now);
      if (tiles) {
        for (idx_t tile = 0; tile < pieces; ++tile) {
          const idx_t columns = std::min(piece, count_ - tile * piece);
          Score(some, tile * piece, columns, distances.data(), stride);
          auto view = Tensor<float, 2, true>(distances.data(), {now, stride}).narrow(1, 0, columns);
          if (pieces == 1) {
            Select(view, out_scores, out_positions, k);
          } else {
            auto tile_candidates = rows_candidates.narrow(1, tile * k, k);
            auto tile_places = rows_places.narrow(1, tile * k, k);
            Select(view, tile_candidates, tile_places, k);
          }
        }
      } else {
        Score(some, 0, count_, distances.data(), stride);
        Tensor<float, 2, true> view(distances.data(), {now * pieces, piece});
        if (pieces == 1) {
          Select(view, out_scores, out_positions, k);
        } else {
          Tensor<float, 2, true> all_candidates(candidates.data(), {now * pieces, idx_t{k}});
          Tensor<idx_t, 2, true> all_places(places.data(), {now * pieces, idx_t{k}});
          Select(view, all_candidates, all_places, k);
        }
      }
      if (pieces > 1) {
        faiss::gpu::runIncrementIndex(rows_places, k, piece, stream_);
        faiss::gpu::runBlockSelectPair(rows_candidates, rows_places, out_scores, out_positions, !norms_, k,
                                       stream_);
      }
    }
    if (norms_) AddQueryNorms(queries, scores);
  }

 private:
  void Select(Tensor<float, 2, true>& in, Tensor<float, 2, true>& scores, Tensor<idx_t, 2, true>& positions,
              int k) {
    faiss::gpu::runBlockSelect(in, scores, positions, !norms_, k, stream_);
  }

  // Inner products, or |v|^2 - 2 q.v, which ranks as L2 does, of `columns` vectors from `first` on.
  void Score(Tensor<T, 2, true>& queries, idx_t first, idx_t columns, float* out, idx_t stride) {
    const float* norms = norms_ ? norms_ + first : nullptr;
    const auto n = queries.getSize(0);
    const float pad =
        norms ? std::numeric_limits<float>::infinity() : -std::numeric_limits<float>::infinity();
    const T* vectors = vectors_.data() + first * dimension_;
    const bool few =
        n <= kMostFew && dimension_ % Piece<T>::kValues == 0 && SharedBytes(n) <= kMostSharedBytes;
    if (stride > columns || (norms && !few)) {
      const idx_t width = few || !norms ? stride - columns : stride;
      const auto blocks =
          static_cast<unsigned>(std::min<idx_t>((n * width + kThreads - 1) / kThreads, 16384));
      FillRows<<<blocks, kThreads, 0, stream_>>>(out, n, columns, stride, few ? nullptr : norms, pad);
      CheckCuda(cudaGetLastError(), "preparing distances");
    }
    const float scale = norms ? -2.0f : 1.0f;
    if (few) {
      switch (Rounded(n)) {
        case 1:
          return StartScoreFew<1>(vectors, columns, queries, scale, norms, out, stride);
        case 2:
          return StartScoreFew<2>(vectors, columns, queries, scale, norms, out, stride);
        default:
          return StartScoreFew<kMostFew>(vectors, columns, queries, scale, norms, out, stride);
      }
    }
    const float addend = norms ? 1.0f : 0.0f;
    const cublasHandle_t blas = resources_.getBlasHandleCurrentDevice();
    cublasStatus_t status = cublasSetStream(blas, stream_);
    if (status == CUBLAS_STATUS_SUCCESS) {
      status = cublasGemmEx(blas, CUBLAS_OP_T, CUBLAS_OP_N, static_cast<int>(columns), static_cast<int>(n),
                            dimension_, &scale, vectors, kCudaType<T>, dimension_, queries.data(),
                            kCudaType<T>, dimension_, &addend, out, CUDA_R_32F, static_cast<int>(stride),
                            CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT);
    }
    if (status != CUBLAS_STATUS_SUCCESS) {
      Fail(status == CUBLAS_STATUS_ALLOC_FAILED ? ErrorCode::kOutOfMemory : ErrorCode::kEngineFailed,
           "cuBLAS failed while multiplying queries and vectors (status ", static_cast<int>(status), ")");
    }
  }

  static int Rounded(idx_t n) { return n <= 2 ? static_cast<int>(n) : kMostFew; }
  std::size_t SharedBytes(idx_t n) const {
    constexpr int kStep = Piece<T>::kValues * static_cast<int>(kWarp);
    const int padded = (dimension_ + kStep - 1) / kStep * kStep;
    return static_cast<std::size_t>(Rounded(n)) * static_cast<std::size_t>(padded) * sizeof(float);
  }

  template <int kQueries>
  void StartScoreFew(const T* vectors, idx_t columns, Tensor<T, 2, true>& queries, float scale,
                     const float* norms, float* out, idx_t stride) {
    const idx_t per_block = static_cast<idx_t>(kWarps) * kUnroll;
    const auto processors = static_cast<idx_t>(faiss::gpu::getCurrentDeviceProperties().multiProcessorCount);
    const auto blocks =
        static_cast<unsigned>(std::min((columns + per_block - 1) / per_block, 8 * processors));
    ScoreFew<T, kQueries><<<blocks, kThreads, SharedBytes(kQueries), stream_>>>(
        vectors, columns, dimension_, queries.data(), static_cast<int>(queries.getSize(0)), scale, norms, out,
        stride);
    CheckCuda(cudaGetLastError(), "scoring vectors");
  }

  // |q - v|^2 = |q|^2 + (|v|^2 - 2 q.v); not below zero, where rounding would bring it.
  void AddQueryNorms(Tensor<T, 2, true>& queries, Tensor<float, 2, true>& scores) {
    DeviceTensor<float, 1, true> query_norms(
        &resources_, faiss::gpu::makeTempAlloc(faiss::gpu::AllocType::Other, stream_), {queries.getSize(0)});
    faiss::gpu::runL2Norm(queries, true, query_norms, true, stream_);
    faiss::gpu::runSumAlongRows(query_norms, scores, true, stream_);
  }

  faiss::gpu::GpuResources& resources_;
  Tensor<T, 2, true>& vectors_;
  const float* norms_;
  idx_t count_;
  int dimension_;
  cudaStream_t stream_;
};

}  // namespace

void ReserveFlat(faiss::gpu::GpuIndexFlat& index, std::size_t vectors, cudaStream_t stream) {
  index.getGpuData()->reserve(vectors, stream);
}

std::size_t FlatCapacity(faiss::gpu::GpuIndexFlat& index) { return Capacity::Of(*index.getGpuData()); }

bool HasFlatSearch(const faiss::gpu::GpuIndexFlat& index) {
  return index.metric_type == faiss::METRIC_INNER_PRODUCT || index.metric_type == faiss::METRIC_L2;
}

void SearchFlat(faiss::gpu::GpuResources& resources, faiss::gpu::GpuIndexFlat& index, const float* queries,
                std::size_t n, std::size_t k, float* scores, std::int64_t* positions) {
  faiss::gpu::FlatIndex& data = *index.getGpuData();
  const float* norms = index.metric_type == faiss::METRIC_L2 ? Norms::Of(data) : nullptr;
  const auto rows = static_cast<idx_t>(n), results = static_cast<idx_t>(k);
  Tensor<float, 2, true> in(const_cast<float*>(queries), {rows, idx_t{index.d}});
  Tensor<float, 2, true> out_scores(scores, {rows, results});
  Tensor<idx_t, 2, true> out_positions(positions, {rows, results});
  if (data.getUseFloat16()) {
    auto rounded = faiss::gpu::convertTensorTemporary<float, __half, 2>(
        &resources, resources.getDefaultStreamCurrentDevice(), in);
    Search<__half>(resources, data.getVectorsFloat16Ref(), norms)
        .Run(rounded, static_cast<int>(k), out_scores, out_positions);
  } else {
    Search<float>(resources, data.getVectorsFloat32Ref(), norms)
        .Run(in, static_cast<int>(k), out_scores, out_positions);
  }
}

}  // namespace densenode
