// Validation: how high the positives stand among all documents.
#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

#include "training/adapter_parameters.h"
#include "training/training_data.h"

namespace densenode {

// The mean of 1 / rank of the positives of data.validation by cosine similarity, where other positives of the
// same query do not count. Compares each query with each document, block by block.
class ReciprocalRank {
 public:
  // `known` is of data.validation. What the arguments refer to must outlive this object.
  ReciprocalRank(const TrainingData& data, const KnownPositives& known, const AdapterParameters& parameters);

  std::size_t blocks() const;
  // Each block once, in any order and on any threads.
  void Compare(std::size_t block);
  // When all blocks are compared.
  double Mean() const;

 private:
  const TrainingData& data_;
  const KnownPositives& known_;
  std::vector<float> queries_;                    // adapted
  std::vector<float> positive_;                   // similarity of the positive of each query
  std::vector<std::atomic<std::size_t>> better_;  // documents that stand before it
};

}  // namespace densenode
