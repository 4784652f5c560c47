// What training changes: y = x + change * x + bias, scaled to length 1. All parameters start at zero, which
// is the identity, and weight decay pulls them back there.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "training/training_batch.h"

namespace densenode {

struct AdapterParameters {
  AdapterParameters(std::size_t of_dimension, bool bias)
      : dimension(of_dimension), values(of_dimension * of_dimension + (bias ? of_dimension : 0)) {}

  bool has_bias() const { return values.size() > dimension * dimension; }

  std::size_t dimension;
  std::vector<float> values;  // change: dimension x dimension, row major; then bias
};

// Maps `rows` queries of length 1; `out` gets rows x dimension values of length 1. Returns the lengths that
// they had.
std::vector<float> Adapt(const AdapterParameters& parameters, const float* queries, std::size_t rows,
                         float* out);

// What `rows` rows of the batch from `first` on add to the mean of InfoNCE over the batch; `gradient` gets
// its derivative by each parameter.
double LossAndGradient(const AdapterParameters& parameters, const TrainingBatch& batch, std::size_t first,
                       std::size_t rows, float temperature, std::span<float> gradient);

}  // namespace densenode
