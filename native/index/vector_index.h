// Embeddings in, nearest neighbours out: FAISS behind checks that keep its asserts away from callers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/device.h"
#include "index/device_backend.h"
#include "index/place.h"

namespace densenode {

struct OpenedIndex;

enum class Metric { kInnerProduct, kL2, kCosine, kL1 };
const char* MetricName(Metric metric);      // "ip", "l2", "cosine", "l1"
Metric ParseMetric(std::string_view name);  // throws INVALID_ARGUMENT with the list of names

// All methods are safe to call from many threads at once: readers share, writers exclude. They block; the
// caller (binding, Retriever) runs them on Executor. The vectors lie in host memory or on CUDA devices, whose
// threads, one each, then do all the work on them (device_backend.h, place.h). Scores: inner product and
// cosine are similarities (larger is nearer), l2 is the squared distance, l1 the sum of absolute differences
// (smaller is nearer). Rows are best first.
class VectorIndex {
 public:
  struct CreateOptions {
    std::size_t dimension = 0;  // 1 .. 65536
    Metric metric = Metric::kInnerProduct;
    std::string factory = "Flat";  // any FAISS index_factory string
    Place device = {};
    Storage storage = Storage::kFloat;  // of Flat on a device; kHalf is refused for the rest
    std::string model = {};             // that made the embeddings; empty: not known
  };
  // Named search parameters of the index family: nprobe, max_codes, efSearch, k_factor, ... Checked by
  // family; an unknown name throws INVALID_ARGUMENT that lists the known ones.
  using SearchParameters = std::map<std::string, double>;

  static std::shared_ptr<VectorIndex> Create(const CreateOptions& options);
  // A file written by Save. Verified (magic, version, sizes, checksums) before FAISS sees a byte. With `mmap`
  // the vectors of Flat-like storage stay in the mapped file and the index is read-only.
  static std::shared_ptr<VectorIndex> Open(const std::filesystem::path& path, bool mmap);
  // A file that FAISS itself wrote (faiss_file.h), followed and checked as a whole before FAISS reads it.
  static std::shared_ptr<VectorIndex> ImportFaiss(const std::filesystem::path& path,
                                                  std::optional<Metric> metric);
  ~VectorIndex();

  // Brings the vectors to `device`; searches go on where they are until they are there. `storage`: for Flat
  // on a device; unset: as it is there, kFloat for an index that comes from the CPU. Throws INDEX_UNSUPPORTED
  // for a family that has no form there, OUT_OF_MEMORY; the index is then as before. An index opened with
  // mmap can be changed after it was moved.
  void MoveTo(Place device, std::optional<Storage> storage);

  // vectors: n x dimension, row major. NaN, infinity and, but for cosine, norms above 9.2e18 (see vectors.h)
  // throw INVALID_ARGUMENT with the row.
  void Train(std::span<const float> vectors);
  // ids: empty (the next free ids: largest id so far + 1, from 0) or n distinct ids >= 0 not yet in the
  // index. All or nothing: when it throws, the index is as before. `where`: whose memory `vectors` is in.
  void Add(std::span<const float> vectors, std::span<const std::int64_t> ids, Device where = {});
  std::size_t Remove(std::span<const std::int64_t> ids);  // how many were there
  // Writes queries.size() / dimension * k ids and scores; rows with fewer than k results end with id -1 and
  // the metric's worst score (-inf or +inf). `where`: whose memory `queries` is in; results go to host
  // memory.
  void Search(std::span<const float> queries, std::size_t k, const SearchParameters& parameters,
              std::int64_t* ids, float* scores, Device where = {}) const;
  // The same where the work of `here` is done (RunAt); false, with nothing done, if the vectors are not there
  // (any more). `queries` lie in host memory or on `here`.
  bool SearchHere(Place here, std::span<const float> queries, std::size_t k,
                  const SearchParameters& parameters, std::int64_t* ids, float* scores, Device where) const;
  // Throws INVALID_ARGUMENT for a parameter that the family does not have or a value out of range; called on
  // the JavaScript thread before the work starts.
  void CheckSearchParameters(const SearchParameters& parameters) const;
  // Copies the stored (maybe lossy) vector of `id` to out[dimension]; throws INVALID_ARGUMENT for an unknown
  // id.
  void Reconstruct(std::int64_t id, float* out) const;
  // Written beside `path`, synced, then renamed over it: a killed process leaves the old file or the new one.
  void Save(const std::filesystem::path& path) const;
  // The same as a file that FAISS itself reads.
  void ExportFaiss(const std::filesystem::path& path) const;

  std::size_t dimension() const;
  Metric metric() const;
  const std::string& factory() const;
  const std::string& model() const;
  std::size_t count() const;
  bool is_trained() const;
  Place device() const;
  std::size_t most_results() const;  // the largest k
  // Vectors or codes + ids + links, close to what the process holds for it, on the device where it lies on
  // one.
  std::size_t memory_bytes() const;
  // Adding `n` vectors is worth the whole pool (OpenMP, BLAS) instead of one thread.
  bool WantsAllThreads(std::size_t n) const;

 private:
  struct Parts;
  explicit VectorIndex(std::unique_ptr<Parts> parts);
  static std::shared_ptr<VectorIndex> FromFile(OpenedIndex opened);
  std::unique_ptr<Parts> parts_;
};

}  // namespace densenode
