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
#include <vector>

#include "common/device.h"
#include "index/device_backend.h"
#include "index/place.h"

namespace densenode {

class Cancellation;
class Filter;
class RangeBudget;
class SearchQueue;
class Strand;
enum class Missing;
struct IndexParameter;
struct RangeHits;
struct OpenedIndex;

enum class Metric { kInnerProduct, kL2, kCosine, kL1 };
const char* MetricName(Metric metric);      // "ip", "l2", "cosine", "l1"
Metric ParseMetric(std::string_view name);  // throws INVALID_ARGUMENT with the list of names

// All methods are safe to call from many threads at once: readers share, writers exclude. They block; the
// caller (binding, Retriever) runs them on Executor, those that wait for other changes (whatever alters the
// index, and Save) through changes(). The vectors lie in host memory or on CUDA devices, whose
// threads, one each, then do all the work on them (device_backend.h, place.h). Scores: inner product and
// cosine are similarities (larger is nearer), l2 is the squared distance, l1 the sum of absolute differences
// (smaller is nearer). Rows are best first.
class VectorIndex {
 public:
  // Named parameters of the index family: nprobe, max_codes, efSearch, k_factor, efConstruction, ... Checked
  // by family (index_parameters.h); an unknown name throws INVALID_ARGUMENT that lists the known ones.
  using Parameters = std::map<std::string, double>;
  using SearchParameters = Parameters;

  struct CreateOptions {
    std::size_t dimension = 0;  // 1 .. 65536
    Metric metric = Metric::kInnerProduct;
    std::string factory = "Flat";  // any FAISS index_factory string
    Place device = {};
    Storage storage = Storage::kFloat;  // of Flat on a device; kHalf is refused for the rest
    Parameters parameters = {};         // of building, and of every search that does not give its own
    std::string model = {};             // that made the embeddings; empty: not known
    bool byte_codes = true;             // searches of Flat may keep codes beside the vectors (scan_codes.h)
  };

  static std::shared_ptr<VectorIndex> Create(const CreateOptions& options);
  // A file written by Save. Verified (magic, version, sizes, checksums) before FAISS sees a byte. With `mmap`
  // the vectors of Flat-like storage stay in the mapped file and the index is read-only.
  static std::shared_ptr<VectorIndex> Open(const std::filesystem::path& path, bool mmap,
                                           bool byte_codes = true);
  // A file that FAISS itself wrote (faiss_file.h), followed and checked as a whole before FAISS reads it.
  static std::shared_ptr<VectorIndex> ImportFaiss(const std::filesystem::path& path,
                                                  std::optional<Metric> metric, bool byte_codes = true);
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
  // Gives n distinct ids new vectors, all or none. Ids that are not there throw INVALID_ARGUMENT or, with
  // Missing::kAdd, are added. Returns how many were added.
  std::size_t Update(std::span<const float> vectors, std::span<const std::int64_t> ids, Missing missing);
  // Adds all vectors of `other`, of the same dimension and metric, which stays as it is, under their ids, all
  // or none. Throws INVALID_ARGUMENT where an id is in both, INDEX_UNSUPPORTED where vectors would lose.
  void Merge(const VectorIndex& other);
  // Makes this an index of another factory string and parameters, out of the vectors that it keeps, trained
  // with them. Searches go on until it is there; when this throws, the index is as before. Throws
  // INDEX_UNSUPPORTED where the vectors are kept in a lossy form, unless `allow_lossy`; ABORTED.
  void Upgrade(const std::string& factory, const Parameters& parameters, bool allow_lossy,
               const Cancellation* cancellation);
  // Builds the index anew without the removed vectors, where it holds some. Otherwise as Upgrade.
  void Compact(const Cancellation* cancellation);
  // How many were there. Where FAISS cannot take vectors out (HNSW, IVF with refinement) they are marked and
  // passed by; their memory stays taken until Compact.
  std::size_t Remove(std::span<const std::int64_t> ids);
  // Writes queries.size() / dimension * k ids and scores; rows with fewer than k results end with id -1 and
  // the metric's worst score (-inf or +inf). `where`: whose memory `queries` is in; results go to host
  // memory. `filter`: what may come out (filtered_search.h); null: all. On a device it is refused
  // (INDEX_UNSUPPORTED).
  void Search(std::span<const float> queries, std::size_t k, const SearchParameters& parameters,
              std::int64_t* ids, float* scores, Device where = {}, const Filter* filter = nullptr) const;
  // The same where the work of `here` is done (RunAt); false, with nothing done, if the vectors are not there
  // (any more). `queries` lie in host memory or on `here`.
  bool SearchHere(Place here, std::span<const float> queries, std::size_t k,
                  const SearchParameters& parameters, std::int64_t* ids, float* scores, Device where,
                  const Filter* filter = nullptr) const;
  // The same where it takes no longer than the way to another thread and back: an index without codes and
  // graphs, in host memory, of a few vectors. False, with nothing done, for any other, and while it changes.
  bool SearchIfTiny(std::span<const float> queries, std::size_t k, const SearchParameters& parameters,
                    std::int64_t* ids, float* scores) const;
  // Appends all vectors nearer to each query than `radius`: scores above it (ip, cosine) or below it (l2,
  // l1). Throws INVALID_ARGUMENT beyond the budget, INDEX_UNSUPPORTED on a device. Approximate where the
  // family is (range_search.h).
  void RangeSearch(std::span<const float> queries, float radius, const SearchParameters& parameters,
                   const Filter* filter, RangeBudget* budget, RangeHits* hits) const;
  // Throws INVALID_ARGUMENT for a parameter that the family does not have or a value out of range; called on
  // the JavaScript thread before the work starts.
  void CheckSearchParameters(const SearchParameters& parameters) const;
  // What a search without parameters uses from now on, all or none of them; Save keeps it.
  void SetSearchParameters(const SearchParameters& parameters);
  SearchParameters search_parameters() const;
  // All that the family has where the index is.
  std::vector<IndexParameter> parameters() const;
  // As Search, but compares each query with every vector, as exactly as the index keeps them. For the CPU;
  // throws INDEX_UNSUPPORTED for an index on a device with more inverted lists than it can probe.
  void SearchExact(std::span<const float> queries, std::size_t k, std::int64_t* ids, float* scores) const;
  // Copies the stored (maybe lossy) vectors of `ids` to out[ids.size() * dimension]; throws INVALID_ARGUMENT
  // for an unknown id.
  void Reconstruct(std::span<const std::int64_t> ids, float* out) const;
  void Reconstruct(std::int64_t id, float* out) const { Reconstruct(std::span(&id, 1), out); }
  bool Has(std::int64_t id) const;
  std::vector<std::int64_t> Ids() const;  // ascending
  // Written beside `path`, synced, then renamed over it: a killed process leaves the old file or the new one.
  void Save(const std::filesystem::path& path) const;
  // The same as a file that FAISS itself reads.
  void ExportFaiss(const std::filesystem::path& path) const;

  const std::shared_ptr<Strand>& changes() const;
  const std::shared_ptr<SearchQueue>& searches() const;

  std::size_t dimension() const;
  Metric metric() const;
  std::string factory() const;
  const std::string& model() const;
  std::size_t count() const;
  std::int64_t next_id() const;  // what the next vector without an id of its own gets
  bool is_trained() const;
  Place device() const;
  std::size_t most_results() const;  // the largest k
  bool byte_codes() const;
  // Vectors or codes + ids + links, close to what the process holds for it, on the device where it lies on
  // one. With the codes that its searches on the CPU have made (index_codes.h).
  std::size_t memory_bytes() const;
  // What SearchExact compares with are the vectors that were added, but for 16-bit rounding.
  bool keeps_vectors() const;
  // Adding `n` vectors is worth the whole pool (OpenMP, BLAS) instead of one thread.
  bool WantsAllThreads(std::size_t n) const;

 private:
  friend class FlatSearch;
  struct Parts;
  explicit VectorIndex(std::unique_ptr<Parts> parts);
  static std::shared_ptr<VectorIndex> FromFile(OpenedIndex opened, bool byte_codes);
  std::unique_ptr<Parts> parts_;
};

}  // namespace densenode
