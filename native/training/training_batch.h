// The queries of one step and the candidates that they choose from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "training/training_data.h"

namespace densenode {

struct TrainingBatch {
  std::size_t rows = 0;           // queries
  std::size_t columns = 0;        // candidates
  std::vector<float> queries;     // rows x dimension, of length 1
  std::vector<float> candidates;  // columns x dimension, of length 1
  // Candidates that are no negatives of row i, because they are positives of it, other than its own column i:
  // masked[mask_begin[i]] .. masked[mask_begin[i + 1] - 1].
  std::vector<std::uint32_t> masked;
  std::vector<std::size_t> mask_begin;

  std::span<const std::uint32_t> MaskedOf(std::size_t row) const {
    return {masked.data() + mask_begin[row], masked.data() + mask_begin[row + 1]};
  }
};

// `rows` names training queries. Candidate i is the positive of row i; the hard negatives of all rows follow.
TrainingBatch MakeBatch(const TrainingData& data, const KnownPositives& known,
                        std::span<const std::uint32_t> rows);

}  // namespace densenode
