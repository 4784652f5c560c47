#include "training/adapter_parameters.h"

#include <algorithm>
#include <cmath>

#include "common/dot_product.h"
#include "common/matrix_product.h"
#include "training/info_nce.h"

namespace densenode {
namespace {

constexpr float kSmallestLength = 1e-12f;  // as torch.nn.functional.normalize

}  // namespace

std::vector<float> Adapt(const AdapterParameters& parameters, const float* queries, std::size_t rows,
                         float* out) {
  const std::size_t d = parameters.dimension;
  std::copy_n(queries, rows * d, out);
  MatrixProduct(Transpose::kNo, Transpose::kYes, rows, d, d, 1, queries, parameters.values.data(), 1, out);
  std::vector<float> lengths(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    float* row = out + i * d;
    if (parameters.has_bias()) {
      const float* bias = parameters.values.data() + d * d;
      for (std::size_t k = 0; k < d; ++k) row[k] += bias[k];
    }
    lengths[i] = std::max(static_cast<float>(std::sqrt(DotProduct(row, row, d))), kSmallestLength);
    for (std::size_t k = 0; k < d; ++k) row[k] /= lengths[i];
  }
  return lengths;
}

double LossAndGradient(const AdapterParameters& parameters, const TrainingBatch& batch, std::size_t first,
                       std::size_t rows, float temperature, std::span<float> gradient) {
  const std::size_t d = parameters.dimension;
  const float* queries = batch.queries.data() + first * d;
  std::vector<float> adapted(rows * d);
  const auto lengths = Adapt(parameters, queries, rows, adapted.data());

  std::vector<float> similarities(rows * batch.columns);
  MatrixProduct(Transpose::kNo, Transpose::kYes, rows, batch.columns, d, 1, adapted.data(),
                batch.candidates.data(), 0, similarities.data());
  double loss = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    const auto row = std::span(similarities).subspan(i * batch.columns, batch.columns);
    loss += InfoNce(row, first + i, batch.MaskedOf(first + i), temperature);
  }

  const auto share = 1 / static_cast<float>(batch.rows);  // of one row in the mean
  std::vector<float> by_adapted(rows * d);
  MatrixProduct(Transpose::kNo, Transpose::kNo, rows, d, batch.columns, share, similarities.data(),
                batch.candidates.data(), 0, by_adapted.data());
  // Back through the scaling u = y / |y|: dy = (du - u (u . du)) / |y|.
  for (std::size_t i = 0; i < rows; ++i) {
    float* du = by_adapted.data() + i * d;
    const float* u = adapted.data() + i * d;
    const auto along = static_cast<float>(DotProduct(u, du, d));
    for (std::size_t k = 0; k < d; ++k) du[k] = (du[k] - u[k] * along) / lengths[i];
  }

  MatrixProduct(Transpose::kYes, Transpose::kNo, d, d, rows, 1, by_adapted.data(), queries, 0,
                gradient.data());
  if (parameters.has_bias()) {
    float* bias = gradient.data() + d * d;
    std::fill_n(bias, d, 0.0f);
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t k = 0; k < d; ++k) bias[k] += by_adapted[i * d + k];
  }
  return loss * share;
}

}  // namespace densenode
