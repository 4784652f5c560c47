#include "index/cpu/hnsw_walk.h"

#include <faiss/IndexFlat.h>
#include <faiss/impl/AuxIndexStructures.h>
#include <faiss/impl/ResultHandler.h>
#include <faiss/utils/distances.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "common/aligned_buffer.h"
#include "index/candidate_scan.h"
#include "index/cpu/byte_codes.h"
#include "index/cpu/panel_scan.h"

namespace densenode::cpu {
namespace {

using faiss::HNSW;
using Id = HNSW::storage_idx_t;
using Results = faiss::HeapBlockResultHandler<HNSW::C>;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Marks of the vectors a query has met. Kept by each thread: clearing it for each lone query would take as
// long as the way through the graph.
faiss::VisitedTable& Marks(std::size_t vectors) {
  constexpr std::size_t kMostKept = std::size_t{64} << 20;
  thread_local std::unique_ptr<faiss::VisitedTable> marks;
  if (!marks || marks->visited.size() < vectors || marks->visited.size() > std::max(kMostKept, vectors)) {
    marks = std::make_unique<faiss::VisitedTable>(static_cast<int>(vectors + vectors / 8));
  }
  return *marks;
}

std::size_t MostNeighbors(const HNSW& graph) {
  const std::vector<int>& ends = graph.cum_nneighbor_per_level;
  int most = 0;
  for (std::size_t level = 1; level < ends.size(); ++level)
    most = std::max(most, ends[level] - ends[level - 1]);
  return static_cast<std::size_t>(most);
}

class Walk {
 public:
  Walk(const faiss::IndexHNSW& index, RowCodes& codes, std::size_t k,
       const faiss::SearchParametersHNSW& parameters)
      : graph_(index.hnsw),
        vectors_(static_cast<const faiss::IndexFlat&>(*index.storage).get_xb()),
        dimension_(static_cast<std::size_t>(index.d)),
        inner_product_(index.metric_type == faiss::METRIC_INNER_PRODUCT),
        codes_(codes),
        ef_(static_cast<std::size_t>(parameters.efSearch)),
        selector_(parameters.sel),
        marks_(Marks(static_cast<std::size_t>(index.ntotal))),
        queue_(static_cast<int>(std::max(ef_, k))),
        met_(MostNeighbors(graph_)),
        query_codes_(codes.row_bytes()) {
    std::fill_n(query_codes_.data(), codes_.row_bytes(), std::int8_t{0});  // what meets a tail counts nothing
  }
  ~Walk() { codes_.Made(made_); }
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  void Search(const float* query, Results::SingleResultHandler& results) {
    if (graph_.entry_point < 0) return;
    SetQuery(query);
    Id nearest = graph_.entry_point;
    float distance = Distance(nearest);
    for (int level = graph_.max_level; level >= 1; --level) Descend(level, &nearest, &distance);
    marks_.advance();
    queue_.clear();
    queue_.push(nearest, std::isnan(distance) ? kInfinity : distance);
    Take(nearest, distance, results);
    marks_.set(nearest);
    while (queue_.size() > 0) {
      const Id node = queue_.pop_min(&distance);
      if (queue_.count_below(distance) >= static_cast<int>(ef_)) break;
      Expand(node, results);
    }
  }

 private:
  struct Survivor {
    Id id;
    float least;  // its distance at least
  };

  void SetQuery(const float* query) {
    query_ = query;
    coded_.reset();
    if (HasPlainNorm(std::sqrt(faiss::fvec_norm_L2sqr(query, dimension_)))) {
      coded_.emplace(query, dimension_, query_codes_.data());
    }
  }

  std::span<const Id> Neighbors(Id node, int level) const {
    std::size_t begin, end;
    graph_.neighbor_range(node, level, &begin, &end);
    const Id* const first = graph_.neighbors.data();
    return {first + begin, std::find_if(first + begin, first + end, [](Id id) { return id < 0; })};
  }

  // To the nearest of a level that is found by going to a nearer neighbor as long as there is one.
  void Descend(int level, Id* nearest, float* distance) {
    for (Id last = -1; last != *nearest;) {
      last = *nearest;
      const std::span<const Id> neighbors = Neighbors(last, level);
      std::copy(neighbors.begin(), neighbors.end(), met_.begin());
      Compare(
          neighbors.size(), [&] { return *distance; },
          [&](Id id, float its_distance) {
            if (its_distance < *distance) {
              *nearest = id;
              *distance = its_distance;
            }
          });
    }
  }

  void Expand(Id node, Results::SingleResultHandler& results) {
    std::size_t count = 0;
    for (const Id id : Neighbors(node, 0)) {  // without a branch that nobody could foretell
      met_[count] = id;
      count += marks_.get(id) ? 0 : 1;
      marks_.set(id);
    }
    // What FAISS would neither return nor look at again.
    const auto limit = [&] {
      const float of_queue = queue_.k == queue_.n ? queue_.max() : kInfinity;
      return std::max(of_queue, results.threshold);
    };
    Compare(count, limit, [&](Id id, float distance) {
      if (std::isnan(distance)) return;  // of a hostile file; FAISS's queue would read where nothing is
      Take(id, distance, results);
      queue_.push(id, distance);
    });
  }

  void Take(Id id, float distance, Results::SingleResultHandler& results) const {
    if (selector_ && !selector_->is_member(id)) return;
    if (distance < results.threshold) results.add_result(distance, id);
  }

  // take(id, distance) for those of the first of met_ whose distance is less than limit(), and perhaps for
  // others, in their order. limit() never rises.
  template <typename Limit, typename Take>
  void Compare(std::size_t count, const Limit& limit, const Take& take) {
    survivors_.clear();
    const float first_limit = limit();
    for (std::size_t i = 0; i < count; i += 4) {
      const std::size_t some = std::min<std::size_t>(count - i, 4);
      float least[4];
      LeastDistances(&met_[i], some, least);
      for (std::size_t j = 0; j < some; ++j) {
        if (!(least[j] >= first_limit)) survivors_.push_back({met_[i + j], least[j]});
      }
    }
    for (std::size_t i = 0; i < survivors_.size();) {
      const float now = limit();
      Id four[4];
      std::size_t some = 0;
      for (; i < survivors_.size() && some < 4; ++i) {
        if (!(survivors_[i].least >= now)) four[some++] = survivors_[i].id;
      }
      float distances[4];
      if (some == 4) {
        FourDistances(four, distances);
      } else {
        for (std::size_t j = 0; j < some; ++j) distances[j] = Distance(four[j]);
      }
      for (std::size_t j = 0; j < some; ++j) {
        Code(four[j]);
        take(four[j], distances[j]);
      }
    }
  }

  // What FAISS computes is not less; -infinity where nothing is known. `count` is 1 to 4.
  void LeastDistances(const Id* ids, std::size_t count, float* least) const {
    const std::uint8_t* rows[4];
    const RowCodes::Tail* tails[4];
    for (std::size_t i = 0; i < 4; ++i) {
      std::uint8_t* const row = codes_.Row(static_cast<std::size_t>(ids[std::min(i, count - 1)]));
      tails[i] = &codes_.TailOf(row);
      const bool made = tails[i]->state.load(std::memory_order_acquire) == RowCodes::Tail::kMade;
      if (!made || !coded_) tails[i] = nullptr;
      rows[i] = tails[i] ? row : reinterpret_cast<const std::uint8_t*>(query_codes_.data());
    }
    std::int32_t products[4];
    const std::int8_t* const query = query_codes_.data();
    MultiplyFourRows(&query, 1, rows, codes_.row_bytes(), products);
    for (std::size_t i = 0; i < count; ++i) {
      least[i] = tails[i] ? LeastDistance(products[i], *tails[i]) : -kInfinity;
    }
  }

  float LeastDistance(std::int32_t product, const RowCodes::Tail& of_vector) const {
    const CodedQuery& query = *coded_;
    const float score =
        static_cast<float>(product + query.correction) * (query.scale * of_vector.scale) - of_vector.offset;
    const float error = query.norm_factor * of_vector.norm + query.code_factor * of_vector.residual +
                        query.rest + RestOf(of_vector.norm, dimension_);
    return inner_product_ ? -(score + error) : query.square - 2 * (score + error);
  }

  // Writes the code of a vector that has just been read, unless another thread does.
  void Code(Id id) {
    std::uint8_t* const row = codes_.Row(static_cast<std::size_t>(id));
    RowCodes::Tail& tail = codes_.TailOf(row);
    std::uint32_t none = RowCodes::Tail::kNone;
    if (tail.state.load(std::memory_order_relaxed) != none ||
        !tail.state.compare_exchange_strong(none, RowCodes::Tail::kBeingMade, std::memory_order_relaxed)) {
      return;
    }
    const CodeLengths lengths = CodeVector(Vector(id), dimension_, row);
    tail.scale = lengths.scale;
    tail.norm = lengths.norm;
    tail.residual = lengths.residual;
    tail.offset = inner_product_ ? 0 : 0.5F * lengths.square;
    tail.state.store(RowCodes::Tail::kMade, std::memory_order_release);
    ++made_;
  }

  const float* Vector(Id id) const { return vectors_ + static_cast<std::size_t>(id) * dimension_; }
  float Distance(Id id) const {
    return inner_product_ ? -faiss::fvec_inner_product(query_, Vector(id), dimension_)
                          : faiss::fvec_L2sqr(query_, Vector(id), dimension_);
  }
  void FourDistances(const Id* ids, float* out) const {
    const auto compare = inner_product_ ? faiss::fvec_inner_product_batch_4 : faiss::fvec_L2sqr_batch_4;
    compare(query_, Vector(ids[0]), Vector(ids[1]), Vector(ids[2]), Vector(ids[3]), dimension_, out[0],
            out[1], out[2], out[3]);
    if (inner_product_) {
      for (std::size_t i = 0; i < 4; ++i) out[i] = -out[i];
    }
  }

  const HNSW& graph_;
  const float* const vectors_;
  const std::size_t dimension_;
  const bool inner_product_;
  RowCodes& codes_;
  const std::size_t ef_;
  const faiss::IDSelector* const selector_;
  faiss::VisitedTable& marks_;
  HNSW::MinimaxHeap queue_;
  std::vector<Id> met_;  // neighbors that this query has not met before
  std::vector<Survivor> survivors_;
  std::size_t made_ = 0;

  const float* query_ = nullptr;
  AlignedBuffer<std::int8_t> query_codes_;
  std::optional<CodedQuery> coded_;  // unless its norm is not plain
};

}  // namespace

void SearchGraph(const faiss::IndexHNSW& index, RowCodes& codes, std::size_t rows, const float* queries,
                 std::size_t k, const faiss::SearchParametersHNSW& parameters, float* scores,
                 std::int64_t* labels) {
  Results all(rows, scores, labels, k);
  Results::SingleResultHandler results(all);
  Walk walk(index, codes, k, parameters);
  for (std::size_t i = 0; i < rows; ++i) {
    results.begin(i);
    walk.Search(queries + i * static_cast<std::size_t>(index.d), results);
    results.end();
    faiss::InterruptCallback::check();
  }
  if (faiss::is_similarity_metric(index.metric_type)) {
    std::transform(scores, scores + rows * k, scores, std::negate<>());
  }
}

}  // namespace densenode::cpu
