// Named search parameters -> the nested FAISS objects of one call. Nothing in the index is changed, so calls
// with different parameters run side by side.
#pragma once

#include <faiss/Index.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "index/vector_index.h"

namespace densenode {

class SearchPlan {
 public:
  // `parameters` checked before. `k` is the number of results FAISS will be asked for, at most the index's
  // count. `selector`: the labels that may come out, of an index that asks for them (SelectsInSearch); null:
  // all.
  SearchPlan(const faiss::Index& index, const VectorIndex::SearchParameters& parameters, std::size_t k,
             const faiss::IDSelector* selector = nullptr);
  SearchPlan(const SearchPlan&) = delete;
  SearchPlan& operator=(const SearchPlan&) = delete;

  const faiss::SearchParameters* get() const { return outermost_; }
  // Entries of the largest table that FAISS keeps for one query: candidates to refine, or cells to probe.
  std::size_t width() const { return width_; }

 private:
  template <typename T>
  T* Own() {
    auto object = std::make_unique<T>();
    T* raw = object.get();
    objects_.push_back(std::move(object));
    return raw;
  }
  std::vector<std::unique_ptr<faiss::SearchParameters>> objects_;
  faiss::SearchParameters* outermost_ = nullptr;
  std::size_t width_ = 0;
};

}  // namespace densenode
