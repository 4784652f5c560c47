#include "cuda/gpu_index.h"

#include <faiss/IndexFlat.h>
#include <faiss/IndexIVFFlat.h>
#include <faiss/IndexIVFPQ.h>
#include <faiss/IndexScalarQuantizer.h>
#include <faiss/gpu/GpuIndexFlat.h>
#include <faiss/gpu/GpuIndexIVFFlat.h>
#include <faiss/gpu/GpuIndexIVFPQ.h>
#include <faiss/gpu/GpuIndexIVFScalarQuantizer.h>
#include <faiss/impl/FaissException.h>
#include <faiss/invlists/InvertedLists.h>

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "common/error.h"
#include "cuda/flat_search.h"
#include "cuda/rows_kernel.h"
#include "index/faiss_call.h"
#include "index/vectors.h"

namespace densenode {
namespace {

using faiss::idx_t;

constexpr float kMostHalf = 65504;  // of the finite fp16 values
// Rows of one copy to the device, of one reconstruction and of one search, in bytes.
constexpr std::size_t kSliceBytes = std::size_t{64} << 20;
// What FAISS may need for a while beside its temporary memory.
constexpr std::size_t kPageBytes = std::size_t{256} << 20;
// Residuals and candidates that an IVF search keeps at once.
constexpr std::size_t kProbeBytes = std::size_t{512} << 20;
// FAISS's grids of thread blocks have a dimension for queries, of 65535 at most.
constexpr std::size_t kMostQueries = 16384;
// Above, the thread that waits for results sleeps.
constexpr std::size_t kFewQueries = 64;

// FAISS reports a failed allocation as any other failure.
template <typename Body>
decltype(auto) CallGpu(const std::string& what, Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const faiss::FaissException& error) {
    const bool memory = error.msg.find("alloc") != std::string::npos;
    Fail(memory ? ErrorCode::kOutOfMemory : ErrorCode::kEngineFailed, what, ": ", FaissReason(error));
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {  // thrust's is one too
    Fail(ErrorCode::kOutOfMemory, what, ": not enough memory");
  } catch (const std::exception& error) {
    Fail(ErrorCode::kEngineFailed, what, ": ", error.what());
  }
}

// What all families share: the owner of the memory, its size, and rows on their way to the device.
class GpuIndex : public DeviceIndex {
 public:
  std::size_t count() const override { return static_cast<std::size_t>(index_->ntotal); }
  std::size_t memory_bytes() const override { return bytes_; }
  bool damaged() const override { return damaged_; }

  ~GpuIndex() override {
    // FAISS's resources note every allocation: they are freed on their thread.
    if (resources_.OnThread()) return;
    if (GpuResources::OnAnyThread()) {  // threads of devices do not wait for each other
      faiss::gpu::GpuIndex* index = index_.release();
      resources_.Submit([index] { delete index; });
      return;
    }
    std::mutex mutex;
    std::condition_variable wake;
    bool freed = false;
    const bool queued = resources_.Submit([&] {
      index_.reset();
      std::lock_guard lock(mutex);
      freed = true;
      wake.notify_one();
    });
    if (!queued) {  // the process ends, and takes the memory along
      (void)index_.release();
      return;
    }
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return freed; });
  }

  void PrepareAdd(const DeviceRows& rows) override {
    CallGpu("adding on the GPU", [&] {
      CheckRows(rows);
      const std::size_t before = resources_.lasting_bytes();
      CheckRoom(rows.count);
      bytes_ += resources_.lasting_bytes() - before;
    });
  }

  void Add(const DeviceRows& rows) override {
    PrepareAdd(rows);
    CallGpu("adding on the GPU", [&] {
      const std::size_t before = resources_.lasting_bytes();
      damaged_ = true;
      ForSlices(rows, [&](const float* slice, std::size_t count) {
        index_->add(static_cast<idx_t>(count), slice);
        resources_.Wait(false);  // errors come out here, and the slice's memory is free again
      });
      damaged_ = false;
      bytes_ += resources_.lasting_bytes() - before;
    });
  }

  void Search(const DeviceRows& queries, std::size_t k, std::size_t nprobe, std::int64_t* positions,
              float* scores) const override {
    CallGpu("searching on the GPU", [&] {
      const std::size_t slice = std::min({RowsPerSlice(), RowsPerSearch(k, nprobe), kMostQueries});
      for (std::size_t begin = 0; begin < queries.count; begin += slice) {
        DeviceRows part = queries;
        part.data += begin * dimension();
        part.count = std::min(slice, queries.count - begin);
        SearchSlice(part, k, nprobe, positions + begin * k, scores + begin * k);
      }
    });
  }

 protected:
  GpuIndex(GpuResources& resources, std::size_t bytes_before, std::unique_ptr<faiss::gpu::GpuIndex> index)
      : resources_(resources), index_(std::move(index)) {
    resources_.Wait(false);
    bytes_ = resources_.lasting_bytes() - bytes_before;
  }

  std::size_t dimension() const { return static_cast<std::size_t>(index_->d); }
  // The largest magnitude that the storage has.
  virtual float most() const { return std::numeric_limits<float>::max(); }
  // Throws OUT_OF_MEMORY if `added` more vectors would not fit; may make room for them.
  virtual void CheckRoom(std::size_t added) = 0;
  // Queries that one call of Find may get.
  virtual std::size_t RowsPerSearch(std::size_t k, std::size_t nprobe) const = 0;
  virtual void Find(const float* queries, std::size_t n, std::size_t k, std::size_t nprobe,
                    std::int64_t* positions, float* scores) const = 0;

  // The slice of `rows` as device memory, checked and normalized.
  template <typename Body>
  void ForSlices(const DeviceRows& rows, const Body& body) const {
    const std::size_t slice = RowsPerSlice();
    for (std::size_t begin = 0; begin < rows.count; begin += slice) {
      DeviceRows part = rows;
      part.data += begin * dimension();
      part.count = std::min(slice, rows.count - begin);
      body(ToDevice(part), part.count);
    }
  }

  std::size_t RowsPerSlice() const {
    return std::max<std::size_t>(1, kSliceBytes / (dimension() * sizeof(float)));
  }

  const float* ToDevice(const DeviceRows& rows) const {
    const cudaStream_t stream = resources_.stream();
    const std::size_t values = rows.count * dimension();
    const float* data = rows.data;
    if (!rows.on_device) {
      resources_.queries.Reserve(values);
      CheckCuda(cudaMemcpyAsync(resources_.queries.data(), rows.data, values * sizeof(float),
                                cudaMemcpyHostToDevice, stream),
                "copying vectors to the device");
      data = resources_.queries.data();
    } else if (rows.normalize) {
      resources_.queries.Reserve(values);
    }
    float* out = rows.normalize ? resources_.queries.data() : nullptr;
    StartCopyRows(data, rows.count, dimension(), rows.normalize, most_given(rows), kMostSquaredNorm, out,
                  resources_.flag.data(), stream);
    return out ? out : data;
  }

  // What the storage holds is what counts; scaled rows fit into any.
  float most_given(const DeviceRows& rows) const {
    return rows.normalize ? std::numeric_limits<float>::max() : most();
  }

  void ClearFlag() const {
    CheckCuda(cudaMemsetAsync(resources_.flag.data(), 0, sizeof(int), resources_.stream()),
              "clearing a flag");
  }
  void FetchFlag() const {
    CheckCuda(cudaMemcpyAsync(resources_.host_flag.data(), resources_.flag.data(), sizeof(int),
                              cudaMemcpyDeviceToHost, resources_.stream()),
              "reading a flag");
  }
  void CheckFlag() const {
    if (*resources_.host_flag.data() == 0) return;
    Fail(ErrorCode::kInvalidArgument,
         most() < std::numeric_limits<float>::max()
             ? "a vector has NaN or a value beyond fp16, whose largest is 65504; use storage \"fp32\""
             : "a vector has NaN, an infinite value, or a norm whose square is not finite");
  }

  // All rows, before the first is added.
  void CheckRows(const DeviceRows& rows) const {
    resources_.faiss();
    ClearFlag();
    const std::size_t slice = RowsPerSlice();
    for (std::size_t begin = 0; begin < rows.count; begin += slice) {
      const std::size_t count = std::min(slice, rows.count - begin);
      const float* data = rows.data + begin * dimension();
      if (!rows.on_device) {  // the host has checked that they are finite
        if (rows.normalize || most() == std::numeric_limits<float>::max()) return;
        resources_.queries.Reserve(count * dimension());
        CheckCuda(cudaMemcpyAsync(resources_.queries.data(), data, count * dimension() * sizeof(float),
                                  cudaMemcpyHostToDevice, resources_.stream()),
                  "copying vectors to the device");
        data = resources_.queries.data();
      }
      StartCopyRows(data, count, dimension(), false, most_given(rows),
                    rows.normalize ? kAnySquaredNorm : kMostSquaredNorm, nullptr, resources_.flag.data(),
                    resources_.stream());
    }
    FetchFlag();
    resources_.Wait(false);
    CheckFlag();
  }

  void SearchSlice(const DeviceRows& queries, std::size_t k, std::size_t nprobe, std::int64_t* positions,
                   float* scores) const {
    const std::size_t n = queries.count;
    const cudaStream_t stream = resources_.stream();
    ClearFlag();
    const float* data = ToDevice(queries);
    FetchFlag();
    resources_.scores.Reserve(n * k);
    resources_.positions.Reserve(n * k);
    Find(data, n, k, nprobe, resources_.positions.data(), resources_.scores.data());
    // A copy to memory that is not pinned waits for all work before it, awake.
    if (n > kFewQueries) resources_.Wait(false);
    CheckCuda(cudaMemcpyAsync(positions, resources_.positions.data(), n * k * sizeof(std::int64_t),
                              cudaMemcpyDeviceToHost, stream),
              "copying results");
    CheckCuda(cudaMemcpyAsync(scores, resources_.scores.data(), n * k * sizeof(float), cudaMemcpyDeviceToHost,
                              stream),
              "copying results");
    resources_.Wait(true);
    CheckFlag();
    // A score that overflowed may leave a place without a vector.
    for (std::size_t i = 0; i < n * k; ++i) {
      if (positions[i] >= index_->ntotal) positions[i] = -1;
    }
  }

  GpuResources& resources_;
  std::unique_ptr<faiss::gpu::GpuIndex> index_;
  std::size_t bytes_ = 0;
  bool damaged_ = false;
};

class GpuFlat : public GpuIndex {
 public:
  GpuFlat(GpuResources& resources, std::size_t bytes_before, std::unique_ptr<faiss::gpu::GpuIndexFlat> index,
          bool half)
      : GpuIndex(resources, bytes_before, std::move(index)), half_(half) {}

  void Reconstruct(std::int64_t position, const faiss::Index&, float* out) const override {
    CallGpu("reconstructing on the GPU", [&] { index_->reconstruct(position, out); });
  }

  void Download(faiss::Index& base) const override {
    CallGpu("copying from the GPU", [&] {
      auto* flat = dynamic_cast<faiss::IndexFlat*>(&base);
      std::vector<float> slice;
      if (flat) {
        flat->codes.resize(count() * flat->code_size);
      } else {
        slice.resize(std::min(count(), RowsPerSlice()) * dimension());
      }
      for (std::size_t begin = 0; begin < count(); begin += RowsPerSlice()) {
        const std::size_t rows = std::min(RowsPerSlice(), count() - begin);
        float* out = flat ? flat->get_xb() + begin * dimension() : slice.data();
        index_->reconstruct_n(static_cast<idx_t>(begin), static_cast<idx_t>(rows), out);
        if (!flat) base.add(static_cast<idx_t>(rows), out);  // SQfp16 keeps these values as they are
      }
      if (flat) flat->ntotal = index_->ntotal;
    });
  }

  static void Fill(GpuResources& resources, faiss::gpu::GpuIndexFlat& gpu, const faiss::Index& base,
                   bool half) {
    const auto count = static_cast<std::size_t>(base.ntotal);
    if (count == 0) return;
    // Once: FAISS would allocate anew, and copy, with each slice.
    ReserveFlat(gpu, count, resources.stream());
    const auto dimension = static_cast<std::size_t>(base.d);
    const std::size_t step = std::max<std::size_t>(1, kSliceBytes / (dimension * sizeof(float)));
    const auto* flat = dynamic_cast<const faiss::IndexFlat*>(&base);
    std::vector<float> decoded;
    for (std::size_t begin = 0; begin < count; begin += step) {
      const std::size_t rows = std::min(step, count - begin);
      const float* data = nullptr;
      if (flat) {
        data = flat->get_xb() + begin * dimension;
      } else {
        decoded.resize(rows * dimension);
        base.reconstruct_n(static_cast<idx_t>(begin), static_cast<idx_t>(rows), decoded.data());
        data = decoded.data();
      }
      const auto fits = [](float value) { return std::fabs(value) <= kMostHalf; };
      if (half && !std::all_of(data, data + rows * dimension, fits)) {
        Fail(ErrorCode::kInvalidArgument,
             "the index has values beyond fp16, whose largest is 65504; use storage \"fp32\"");
      }
      gpu.add(static_cast<idx_t>(rows), data);
      resources.Wait(false);
    }
  }

 protected:
  float most() const override { return half_ ? kMostHalf : GpuIndex::most(); }

  faiss::gpu::GpuIndexFlat& flat() const { return dynamic_cast<faiss::gpu::GpuIndexFlat&>(*index_); }

  void CheckRoom(std::size_t added) override {
    std::size_t wanted = count() + added;
    const std::size_t row_bytes = dimension() * (half_ ? 2 : sizeof(float));
    const std::size_t norms = wanted * sizeof(float);  // FAISS computes them anew
    const std::size_t capacity = FlatCapacity(flat());
    if (wanted > capacity) {
      // A quarter more than the former room, where memory allows: additions of a few vectors each would
      // otherwise copy all vectors every time.
      const std::size_t ample = std::max(wanted, capacity + capacity / 4);
      if (resources_.HasFree(ample * row_bytes + norms + kPageBytes)) {
        wanted = ample;
      } else {
        resources_.CheckFree(wanted * row_bytes + norms + kPageBytes, "adding these vectors");
      }
    } else {
      resources_.CheckFree(norms + kPageBytes, "adding these vectors");
    }
    ReserveFlat(flat(), wanted, resources_.stream());
  }

  std::size_t RowsPerSearch(std::size_t k, std::size_t) const override {
    return std::max<std::size_t>(1, kProbeBytes / (k * (sizeof(float) + sizeof(idx_t))));
  }

  void Find(const float* queries, std::size_t n, std::size_t k, std::size_t, std::int64_t* positions,
            float* scores) const override {
    if (HasFlatSearch(flat())) {
      SearchFlat(resources_.faiss_impl(), flat(), queries, n, k, scores, positions);
    } else {
      index_->search(static_cast<idx_t>(n), queries, static_cast<idx_t>(k), scores, positions);
    }
  }

 private:
  bool half_;
};

class GpuIvf : public GpuIndex {
 public:
  GpuIvf(GpuResources& resources, std::size_t bytes_before, std::unique_ptr<faiss::gpu::GpuIndexIVF> index,
         const faiss::IndexIVF& shell)
      : GpuIndex(resources, bytes_before, std::move(index)),
        code_size_(shell.code_size),
        lists_(shell.nlist) {}

  void Reconstruct(std::int64_t position, const faiss::Index& shell, float* out) const override {
    CallGpu("reconstructing on the GPU", [&] {
      // The lists on the device know no way back from an id: their ids are read, 8 bytes a vector.
      for (std::size_t list = 0; list < lists_; ++list) {
        const std::vector<idx_t> ids = ListIds(list);
        const auto found = std::find(ids.begin(), ids.end(), position);
        if (found == ids.end()) continue;
        const auto codes = ivf().getListVectorData(static_cast<idx_t>(list), false);
        const auto& cpu = dynamic_cast<const faiss::IndexIVF&>(shell);
        const std::size_t list_bytes = cpu.coarse_code_size();
        std::vector<std::uint8_t> code(list_bytes + code_size_);
        cpu.encode_listno(static_cast<idx_t>(list), code.data());
        const auto at = static_cast<std::size_t>(found - ids.begin()) * code_size_;
        std::copy_n(codes.data() + at, code_size_, code.data() + list_bytes);
        return cpu.sa_decode(1, code.data(), out);
      }
      Fail(ErrorCode::kEngineFailed, "position ", position, " is in no list of the index on the GPU");
    });
  }

  void Download(faiss::Index& base) const override {
    CallGpu("copying from the GPU", [&] {
      auto& cpu = dynamic_cast<faiss::IndexIVF&>(base);
      for (std::size_t list = 0; list < lists_; ++list) {
        const std::vector<idx_t> ids = ListIds(list);
        if (ids.empty()) continue;
        const auto codes = ivf().getListVectorData(static_cast<idx_t>(list), false);
        cpu.invlists->add_entries(list, ids.size(), ids.data(), codes.data());
      }
      cpu.ntotal = index_->ntotal;
    });
  }

  // What the lists of `ivf` take on the device: vectors stand in groups of 32, and each list has two
  // allocations.
  static std::size_t ListBytes(const faiss::IndexIVF& ivf) {
    std::size_t bytes = 0;
    for (std::size_t list = 0; list < ivf.nlist; ++list) {
      bytes += (ivf.invlists->list_size(list) + 32) * (ivf.code_size + sizeof(idx_t)) + 1024;
    }
    const auto centroid = static_cast<std::size_t>(ivf.d) * sizeof(float);
    return bytes + 3 * ivf.nlist * (centroid + sizeof(float));
  }

 protected:
  faiss::gpu::GpuIndexIVF& ivf() const { return dynamic_cast<faiss::gpu::GpuIndexIVF&>(*index_); }

  std::vector<idx_t> ListIds(std::size_t list) const {
    std::vector<idx_t> ids = ivf().getListIndices(static_cast<idx_t>(list));
    resources_.Wait(true);  // FAISS trusts that the copy has ended
    return ids;
  }

  void CheckRoom(std::size_t added) override {
    // Lists grow by doubling.
    const std::size_t vector_bytes = code_size_ + sizeof(idx_t);
    const std::size_t needed = 2 * (added + 32 * std::min(added, lists_)) * vector_bytes +
                               std::min(count(), added * 64) * vector_bytes + lists_ * 512 + kPageBytes;
    resources_.CheckFree(needed, "adding these vectors");
  }

  std::size_t RowsPerSearch(std::size_t k, std::size_t nprobe) const override {
    const std::size_t query_bytes =
        nprobe * (dimension() * sizeof(float) + k * (sizeof(float) + sizeof(idx_t)));
    return std::max<std::size_t>(1, kProbeBytes / query_bytes);
  }

  void Find(const float* queries, std::size_t n, std::size_t k, std::size_t nprobe, std::int64_t* positions,
            float* scores) const override {
    faiss::SearchParametersIVF parameters;
    parameters.nprobe = nprobe;
    index_->search(static_cast<idx_t>(n), queries, static_cast<idx_t>(k), scores, positions, &parameters);
  }

 private:
  std::size_t code_size_;
  std::size_t lists_;
};

template <typename Gpu, typename Cpu, typename Config>
std::unique_ptr<DeviceIndex> UploadIvf(GpuResources& resources, const Cpu& cpu, Config config) {
  std::size_t needed = GpuIvf::ListBytes(cpu) + kPageBytes;
  if constexpr (std::is_same_v<Cpu, faiss::IndexIVFPQ>) needed += 3 * cpu.pq.centroids.size() * sizeof(float);
  resources.CheckFree(needed, "moving this index to the GPU");
  config.device = resources.ordinal();
  config.flatConfig.device = resources.ordinal();
  config.indicesOptions = faiss::gpu::INDICES_64_BIT;
  const std::size_t before = resources.lasting_bytes();
  return std::make_unique<GpuIvf>(resources, before, std::make_unique<Gpu>(&resources.faiss(), &cpu, config),
                                  cpu);
}

std::unique_ptr<DeviceIndex> UploadFlat(GpuResources& resources, const faiss::Index& base, bool half) {
  const auto count = static_cast<std::size_t>(base.ntotal);
  const std::size_t row_bytes = static_cast<std::size_t>(base.d) * (half ? 2 : sizeof(float));
  resources.CheckFree(count * (row_bytes + 2 * sizeof(float)) + kPageBytes, "moving this index to the GPU");
  faiss::gpu::GpuIndexFlatConfig config;
  config.device = resources.ordinal();
  config.useFloat16 = half;
  const std::size_t before = resources.lasting_bytes();
  auto gpu = std::make_unique<faiss::gpu::GpuIndexFlat>(&resources.faiss(), base.d, base.metric_type, config);
  GpuFlat::Fill(resources, *gpu, base, half);
  return std::make_unique<GpuFlat>(resources, before, std::move(gpu), half);
}

}  // namespace

std::unique_ptr<DeviceIndex> UploadToGpu(GpuResources& resources, const faiss::Index& base, Storage storage) {
  return CallGpu("moving the index to the GPU", [&]() -> std::unique_ptr<DeviceIndex> {
    resources.faiss();
    if (const auto* pq = dynamic_cast<const faiss::IndexIVFPQ*>(&base)) {
      faiss::gpu::GpuIndexIVFPQConfig config;
      // Distances to 256 centroids of each part lie in shared memory, 48 KiB.
      config.useFloat16LookupTables = pq->pq.M > 48;
      return UploadIvf<faiss::gpu::GpuIndexIVFPQ>(resources, *pq, config);
    }
    if (const auto* sq = dynamic_cast<const faiss::IndexIVFScalarQuantizer*>(&base)) {
      return UploadIvf<faiss::gpu::GpuIndexIVFScalarQuantizer>(
          resources, *sq, faiss::gpu::GpuIndexIVFScalarQuantizerConfig());
    }
    if (const auto* flat = dynamic_cast<const faiss::IndexIVFFlat*>(&base)) {
      return UploadIvf<faiss::gpu::GpuIndexIVFFlat>(resources, *flat, faiss::gpu::GpuIndexIVFFlatConfig());
    }
    const bool fp16_codes = dynamic_cast<const faiss::IndexScalarQuantizer*>(&base) != nullptr;
    return UploadFlat(resources, base, fp16_codes || storage == Storage::kHalf);
  });
}

}  // namespace densenode
