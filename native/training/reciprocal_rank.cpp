#include "training/reciprocal_rank.h"

#include <algorithm>

#include "common/matrix_product.h"
#include "encoder/pooling.h"

namespace densenode {
namespace {

// Together 8 MiB of similarities.
constexpr std::size_t kQueriesAtOnce = 1024;
constexpr std::size_t kDocumentsAtOnce = 2048;

std::vector<float> UnitRows(std::span<const float> vectors, std::size_t dimension) {
  std::vector<float> rows(vectors.begin(), vectors.end());
  for (std::size_t at = 0; at < rows.size(); at += dimension) Normalize(rows.data() + at, dimension);
  return rows;
}

// Sum of 1 / rank over `rows` queries from `first` on.
double SumOfReciprocals(const AdapterParameters& parameters, const TrainingData& data,
                        const KnownPositives& known, std::size_t first, std::size_t rows,
                        const Cancellation* cancellation) {
  const std::size_t d = data.dimension;
  const auto queries = UnitRows(data.validation.queries.subspan(first * d, rows * d), d);
  std::vector<float> adapted(rows * d);
  Adapt(parameters, queries.data(), rows, adapted.data());

  std::vector<float> positive(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const auto row = static_cast<std::size_t>(data.validation.positives[first + i]);
    const auto document = UnitRows(data.documents.subspan(row * d, d), d);
    MatrixProduct(Transpose::kNo, Transpose::kNo, 1, 1, d, 1, adapted.data() + i * d, document.data(), 0,
                  &positive[i]);
  }

  std::vector<std::size_t> better(rows);
  std::vector<float> similarities(rows * kDocumentsAtOnce);
  const std::size_t documents = data.documents.size() / d;
  for (std::size_t start = 0; start < documents; start += kDocumentsAtOnce) {
    if (cancellation) cancellation->ThrowIfRequested();
    const std::size_t count = std::min(kDocumentsAtOnce, documents - start);
    const auto block = UnitRows(data.documents.subspan(start * d, count * d), d);
    MatrixProduct(Transpose::kNo, Transpose::kYes, rows, count, d, 1, adapted.data(), block.data(), 0,
                  similarities.data());
#pragma omp parallel for
    for (std::size_t i = 0; i < rows; ++i) {
      const auto positives = known.Of(first + i);
      for (std::size_t j = 0; j < count; ++j) {
        if (similarities[i * count + j] > positive[i] &&
            !std::binary_search(positives.begin(), positives.end(), known.DocumentClass(start + j)))
          ++better[i];
      }
    }
  }
  double sum = 0;
  for (const std::size_t count : better) sum += 1 / static_cast<double>(count + 1);
  return sum;
}

}  // namespace

double MeanReciprocalRank(const AdapterParameters& parameters, const TrainingData& data,
                          const KnownPositives& known, const Cancellation* cancellation) {
  const std::size_t queries = data.validation.positives.size();
  double sum = 0;
  for (std::size_t first = 0; first < queries; first += kQueriesAtOnce)
    sum += SumOfReciprocals(parameters, data, known, first, std::min(kQueriesAtOnce, queries - first),
                            cancellation);
  return sum / static_cast<double>(queries);
}

}  // namespace densenode
