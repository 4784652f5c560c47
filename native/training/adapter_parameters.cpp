#include "training/adapter_parameters.h"

#include <algorithm>
#include <cmath>

#include "common/matrix_product.h"
#include "training/info_nce.h"

namespace densenode {
namespace {

constexpr float kSmallestLength = 1e-12f;  // as torch.nn.functional.normalize

double Dot(const float* a, const float* b, std::size_t count) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

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
    lengths[i] = std::max(static_cast<float>(std::sqrt(Dot(row, row, d))), kSmallestLength);
    for (std::size_t k = 0; k < d; ++k) row[k] /= lengths[i];
  }
  return lengths;
}

double LossAndGradient(const AdapterParameters& parameters, const TrainingBatch& batch, float temperature,
                       std::vector<float>* gradient) {
  const std::size_t d = parameters.dimension;
  std::vector<float> adapted(batch.rows * d);
  const auto lengths = Adapt(parameters, batch.queries.data(), batch.rows, adapted.data());

  std::vector<float> similarities(batch.rows * batch.columns);
  MatrixProduct(Transpose::kNo, Transpose::kYes, batch.rows, batch.columns, d, 1, adapted.data(),
                batch.candidates.data(), 0, similarities.data());
  const double loss = InfoNce(similarities, batch.rows, batch.columns, temperature, batch.masked);

  // Back through the scaling u = y / |y|: dy = (du - u (u . du)) / |y|.
  std::vector<float> by_row(batch.rows * d);
  MatrixProduct(Transpose::kNo, Transpose::kNo, batch.rows, d, batch.columns, 1, similarities.data(),
                batch.candidates.data(), 0, by_row.data());
  for (std::size_t i = 0; i < batch.rows; ++i) {
    float* du = by_row.data() + i * d;
    const float* u = adapted.data() + i * d;
    const auto along = static_cast<float>(Dot(u, du, d));
    for (std::size_t k = 0; k < d; ++k) du[k] = (du[k] - u[k] * along) / lengths[i];
  }

  gradient->assign(parameters.values.size(), 0);
  MatrixProduct(Transpose::kYes, Transpose::kNo, d, d, batch.rows, 1, by_row.data(), batch.queries.data(), 0,
                gradient->data());
  if (parameters.has_bias()) {
    float* bias = gradient->data() + d * d;
    for (std::size_t i = 0; i < batch.rows; ++i)
      for (std::size_t k = 0; k < d; ++k) bias[k] += by_row[i * d + k];
  }
  return loss;
}

}  // namespace densenode
