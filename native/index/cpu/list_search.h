// A search of inverted lists by bounds: each list that any of the queries probes is read once for all of
// them, and what the bounds of candidate_scan.h leave is scored by FAISS at the end.
#pragma once

#include <faiss/IndexIVF.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "index/index_codes.h"
#include "index/shortlist.h"

namespace densenode::cpu {

// The lists that queries probe: rows x count, the nearest first; -1 where FAISS found fewer.
struct Probes {
  std::size_t count = 0;
  std::vector<faiss::idx_t> lists;
  std::vector<float> scores;  // of the centroids
};

// By the quantizer of the index, or the codes of its centroids.
Probes ProbesOf(const faiss::IndexIVF& index, IndexCodes& codes, std::size_t rows, const float* queries,
                const faiss::SearchParametersIVF& parameters);

class ListSearch {
 public:
  ListSearch(bool larger_is_nearer, std::size_t rows, std::size_t k, std::size_t lists, const Probes& probes);
  virtual ~ListSearch() = default;
  ListSearch(const ListSearch&) = delete;
  ListSearch& operator=(const ListSearch&) = delete;

  // False where bounds rule out too little, or there is no memory: FAISS is to search, then.
  bool Scan();
  // k results of a query, after Scan.
  void Results(std::size_t row, float* scores, std::int64_t* labels);

 protected:
  static constexpr int kOffsetBits = 32;
  // Of a shortlist: where a vector is in all lists.
  static std::size_t PositionOf(std::size_t list, std::size_t offset) { return list << kOffsetBits | offset; }

  virtual std::size_t Size(std::size_t list) const = 0;
  virtual std::int64_t Label(std::size_t list, std::size_t offset) const = 0;
  struct Probe {
    std::size_t row;
    float score;  // of the centroid
  };
  // Adds what may be among the nearest of a list that is not empty to the shortlists of the rows that probe
  // it; false: as Scan.
  virtual bool ScanList(std::size_t list, std::span<const Probe> probes) = 0;
  // As FAISS computes it.
  virtual float Score(std::size_t row, std::size_t list, std::size_t offset) = 0;

  Shortlist& shortlist(std::size_t row) { return shortlists_[row]; }
  const Probes& probes_;

 private:
  bool ScanProbes(std::size_t first, std::size_t last);
  bool ScanFor(std::size_t list, std::span<const Probe> probes);

  const bool larger_is_nearer_;
  const std::size_t rows_, k_, lists_;
  std::vector<Shortlist> shortlists_;
  std::vector<std::size_t> met_;   // vectors, by each query
  std::vector<Probe> of_lists_;    // one list after another
  std::vector<std::size_t> ends_;  // of each list, in of_lists_
  std::vector<std::pair<float, std::size_t>> found_;
};

}  // namespace densenode::cpu
