// Search that compares each query with every one of some stored vectors.
#pragma once

#include <faiss/Index.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "index/faiss_layers.h"

namespace densenode {

// The vectors that an index keeps, where its family compares with them: before transforms if it refines, else
// behind them. Lossy families give what they kept of a vector; their searches come to the same scores, but
// for rounding (fast scan: of its 8-bit tables).
class StoredVectors {
 public:
  explicit StoredVectors(const faiss::Index& index);

  // RaBitQ scores codes in a way of its own: no vector stands for them.
  bool comparable() const { return comparable_; }
  std::size_t dimension() const { return static_cast<std::size_t>(source_->d); }
  faiss::MetricType metric() const { return source_->metric_type; }
  // Queries of the index in the place of comparison; `buffer` keeps what had to be computed.
  const float* Queries(std::size_t rows, const float* queries, std::unique_ptr<const float[]>* buffer) const;
  // The vectors at these handles (IdMap), row major: in `buffer`, of handles.size() rows, or where they lie.
  const float* Rows(std::span<const std::int64_t> handles, float* buffer) const;

 private:
  FaissLayers layers_;
  const faiss::Index* source_;
  const faiss::IndexIVF* lists_ = nullptr;
  bool comparable_;
};

// Calls block(vectors, handles) with a few hundred vectors at a time until all were there.
void ForEachBlock(const StoredVectors& stored, std::span<const std::int64_t> handles,
                  const std::function<void(const float*, std::span<const std::int64_t>)>& block);

// The k <= handles.size() nearest of the vectors at `handles`, best first; labels are handles.
void ExactSearch(const StoredVectors& stored, std::span<const std::int64_t> handles, std::size_t rows,
                 const float* queries, std::size_t k, std::int64_t* labels, float* scores);

}  // namespace densenode
