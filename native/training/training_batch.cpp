#include "training/training_batch.h"

#include <algorithm>
#include <utility>

#include "encoder/modules/pooling.h"

namespace densenode {
namespace {

void AppendUnit(std::span<const float> vectors, std::size_t dimension, std::size_t row,
                std::vector<float>* to) {
  const auto from = vectors.subspan(row * dimension, dimension);
  to->insert(to->end(), from.begin(), from.end());
  Normalize(to->data() + to->size() - dimension, dimension);
}

}  // namespace

TrainingBatch MakeBatch(const TrainingData& data, const KnownPositives& known,
                        std::span<const std::uint32_t> rows) {
  TrainingBatch batch;
  std::vector<std::size_t> documents;
  for (const std::uint32_t row : rows)
    documents.push_back(static_cast<std::size_t>(data.training.positives[row]));
  const std::size_t per_query = data.negatives_per_query();
  for (const std::uint32_t row : rows) {
    for (const std::int64_t negative : data.negatives.subspan(row * per_query, per_query))
      if (negative >= 0) documents.push_back(static_cast<std::size_t>(negative));
  }

  batch.rows = rows.size();
  batch.columns = documents.size();
  batch.queries.reserve(batch.rows * data.dimension);
  for (const std::uint32_t row : rows) AppendUnit(data.training.queries, data.dimension, row, &batch.queries);
  batch.candidates.reserve(batch.columns * data.dimension);
  for (const std::size_t row : documents) AppendUnit(data.documents, data.dimension, row, &batch.candidates);

  // (class, column), so that all columns of a class stand together.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> columns;
  for (std::size_t column = 0; column < documents.size(); ++column)
    columns.emplace_back(known.DocumentClass(documents[column]), static_cast<std::uint32_t>(column));
  std::sort(columns.begin(), columns.end());
  batch.mask_begin.push_back(0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const std::uint32_t positive : known.Of(rows[i])) {
      auto column = std::lower_bound(columns.begin(), columns.end(), std::pair{positive, std::uint32_t{0}});
      for (; column != columns.end() && column->first == positive; ++column)
        if (column->second != i) batch.masked.push_back(column->second);
    }
    batch.mask_begin.push_back(batch.masked.size());
  }
  return batch;
}

}  // namespace densenode
