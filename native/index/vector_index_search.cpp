// VectorIndex::Search in host memory.
#include <algorithm>
#include <optional>

#include "common/filter.h"
#include "index/coded_search.h"
#include "index/faiss_call.h"
#include "index/filter_selection.h"
#include "index/filtered_search.h"
#include "index/search_plan.h"
#include "index/vector_index_parts.h"
#include "index/vectors.h"

namespace densenode {
namespace {

constexpr std::size_t kMostResults = std::size_t{1} << 24;
// Tables of intermediate results that one call may hold; more queries are done in rounds.
constexpr std::size_t kTableBytes = std::size_t{32} << 20;
// Some 8 microseconds: what a search by another thread costs the one that asks for it. A vector costs about
// as much as these values beside its own.
constexpr std::size_t kTinyValues = std::size_t{1} << 16;
constexpr std::size_t kValuesOfVector = 32;
constexpr std::size_t kTinyResults = 1024;

}  // namespace

std::size_t VectorIndex::most_results() const {
  return device().is_cuda() ? kMostDeviceResults : kMostResults;
}

void VectorIndex::Search(std::span<const float> queries, std::size_t k, const SearchParameters& parameters,
                         std::int64_t* ids, float* scores, Device where, const Filter* filter) const {
  const Parts& p = *parts_;
  std::unique_ptr<float[]> copied;
  for (bool done = false; !done;) {  // again if the index moved in the moment between
    const Place here = p.device();
    if (where.is_cuda() && where != here) {
      copied = HostCopy(where, queries);
      queries = {copied.get(), queries.size()};
      where = {};
    }
    if (here.is_cuda()) {
      RunAt(here, [&] { done = SearchHere(here, queries, k, parameters, ids, scores, where, filter); });
    } else {
      const auto read = p.Read();
      done = p.SearchOnCpu(queries, k, parameters, filter, ids, scores);
    }
  }
}

bool VectorIndex::SearchIfTiny(std::span<const float> queries, std::size_t k,
                               const SearchParameters& parameters, std::int64_t* ids, float* scores) const {
  const Parts& p = *parts_;
  const std::size_t values = dimension() + kValuesOfVector, most = kTinyValues / values;
  const std::size_t n = queries.size() / dimension(), count = p.count;
  if (count > most || n > most / (count + 1) || k > kTinyResults / (n + 1)) return false;
  const auto read = p.TryRead();
  return read && p.count == count && p.options.factory == "Flat" &&
         p.SearchOnCpu(queries, k, parameters, nullptr, ids, scores);
}

bool VectorIndex::Parts::SearchOnCpu(std::span<const float> queries, std::size_t k,
                                     const SearchParameters& parameters, const Filter* filter,
                                     std::int64_t* out_ids, float* out_scores) const {
  const std::size_t n = CheckRows(queries, "query");
  if (device().is_cuda()) return false;
  if (k < 1 || k > kMostResults) {
    Fail(ErrorCode::kInvalidArgument, "k must be from 1 to ", kMostResults, ", but got ", k);
  }
  CheckParameters(family.load()->parameters, parameters, ParameterUse::kSearch);
  CheckUsable();
  CheckTrained();
  CallFaiss(ErrorCode::kEngineFailed, "searching failed", [&] {
    const auto selection = Selected(filter);
    const std::size_t found = std::min(k, selection ? selection->count() : ids->count());
    if (found == 0) return FinishRows(n, k, 0, out_ids, out_scores);
    std::optional<FilteredSearch> filtered;
    std::optional<SearchPlan> plan;
    selection ? void(filtered.emplace(*index, codes, *ids, *selection, parameters, found))
              : void(plan.emplace(*index, parameters, found));
    const std::size_t width = filtered ? filtered->width() : plan->width();
    const std::size_t query_bytes =
        width * (sizeof(std::int64_t) + sizeof(float)) + options.dimension * sizeof(float);
    const std::size_t round = std::max<std::size_t>(1, kTableBytes / query_bytes);
    std::unique_ptr<float[]> normalized;
    for (std::size_t i = 0; i < n; i += round) {
      const std::size_t rows = std::min(round, n - i);
      const float* some = Normalized(queries.data() + i * options.dimension, rows, &normalized);
      std::int64_t* labels = out_ids + i * k;
      float* scores = out_scores + i * k;
      if (filtered) {
        filtered->Run(rows, some, labels, scores);
      } else {
        SearchIndex(*index, codes, rows, some, found, plan->get(), scores, labels);
      }
      FinishRows(rows, k, found, labels, scores);
    }
  });
  return true;
}

const float* VectorIndex::Parts::Normalized(const float* rows, std::size_t count,
                                            std::unique_ptr<float[]>* buffer) const {
  if (!normalizes()) return rows;
  if (!*buffer) *buffer = FloatBuffer(count * options.dimension);  // the first round is the largest
  NormalizeRows(rows, count, options.dimension, buffer->get());
  return buffer->get();
}

void VectorIndex::Parts::FinishRows(std::size_t rows, std::size_t k, std::size_t found, std::int64_t* out_ids,
                                    float* out_scores) const {
  for (std::size_t row = rows; found < k && row-- > 0;) {
    std::copy_backward(out_ids + row * found, out_ids + (row + 1) * found, out_ids + row * k + found);
    std::copy_backward(out_scores + row * found, out_scores + (row + 1) * found,
                       out_scores + row * k + found);
    std::fill(out_ids + row * k + found, out_ids + (row + 1) * k, -1);
  }
  for (std::size_t i = 0; i < rows * k; ++i) {
    if (out_ids[i] < 0) out_scores[i] = worst_score();
  }
  ids->ToIds(out_ids, rows * k);
}

}  // namespace densenode
