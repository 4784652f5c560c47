// The queries of one step and the candidates that they choose from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "training/info_nce.h"
#include "training/training_data.h"

namespace densenode {

struct TrainingBatch {
  std::size_t rows = 0;           // queries
  std::size_t columns = 0;        // candidates
  std::vector<float> queries;     // rows x dimension, of length 1
  std::vector<float> candidates;  // columns x dimension, of length 1
  MaskedColumns masked;           // candidates that are positives of the row, other than its own column
};

// `rows` names training queries. Candidate i is the positive of row i; the hard negatives of all rows follow.
TrainingBatch MakeBatch(const TrainingData& data, const KnownPositives& known,
                        std::span<const std::uint32_t> rows);

}  // namespace densenode
