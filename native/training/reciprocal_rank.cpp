#include "training/reciprocal_rank.h"

#include <algorithm>
#include <numeric>

#include "common/matrix_product.h"
#include "encoder/modules/pooling.h"

namespace densenode {
namespace {

constexpr std::size_t kDocumentsAtOnce = 2048;
constexpr std::size_t kQueriesAtOnce = 256;  // 2 MiB of similarities

std::vector<float> UnitRows(std::span<const float> vectors, std::size_t dimension) {
  std::vector<float> rows(vectors.begin(), vectors.end());
  for (std::size_t at = 0; at < rows.size(); at += dimension) Normalize(rows.data() + at, dimension);
  return rows;
}

}  // namespace

ReciprocalRank::ReciprocalRank(const TrainingData& data, const KnownPositives& known,
                               const AdapterParameters& parameters)
    : data_(data),
      known_(known),
      queries_(UnitRows(data.validation.queries, data.dimension)),
      positive_(data.validation.positives.size()),
      better_(positive_.size()) {
  const std::size_t d = data.dimension;
  Adapt(parameters, queries_.data(), positive_.size(), queries_.data());
  for (std::size_t i = 0; i < positive_.size(); ++i) {
    const auto row = static_cast<std::size_t>(data.validation.positives[i]);
    const auto document = UnitRows(data.documents.subspan(row * d, d), d);
    positive_[i] = std::inner_product(document.begin(), document.end(), queries_.data() + i * d, 0.0f);
  }
}

std::size_t ReciprocalRank::blocks() const {
  return (data_.documents.size() / data_.dimension + kDocumentsAtOnce - 1) / kDocumentsAtOnce;
}

void ReciprocalRank::Compare(std::size_t block) {
  const std::size_t d = data_.dimension;
  const std::size_t start = block * kDocumentsAtOnce;
  const std::size_t count = std::min(kDocumentsAtOnce, data_.documents.size() / d - start);
  const auto documents = UnitRows(data_.documents.subspan(start * d, count * d), d);
  std::vector<float> similarities(kQueriesAtOnce * count);
  for (std::size_t first = 0; first < positive_.size(); first += kQueriesAtOnce) {
    const std::size_t rows = std::min(kQueriesAtOnce, positive_.size() - first);
    MatrixProduct(Transpose::kNo, Transpose::kYes, rows, count, d, 1, queries_.data() + first * d,
                  documents.data(), 0, similarities.data());
    for (std::size_t i = 0; i < rows; ++i) {
      const auto positives = known_.Of(first + i);
      std::size_t better = 0;
      for (std::size_t j = 0; j < count; ++j) {
        if (similarities[i * count + j] > positive_[first + i] &&
            !std::binary_search(positives.begin(), positives.end(), known_.DocumentClass(start + j)))
          ++better;
      }
      better_[first + i] += better;
    }
  }
}

double ReciprocalRank::Mean() const {
  double sum = 0;
  for (const auto& better : better_) sum += 1 / static_cast<double>(better + 1);
  return sum / static_cast<double>(better_.size());
}

}  // namespace densenode
