#include "index/max_sim.h"

#include <algorithm>
#include <utility>

#include "common/error.h"
#include "common/executor.h"
#include "common/matrix_product.h"

namespace densenode {
namespace {

// Vectors of documents that are compared with a query at once, but at least one document.
constexpr std::size_t kRowsAtOnce = 1024;

// Scores of documents begin .. end - 1 for one query.
void ScoreDocuments(const MaxSimRequest& request, std::size_t query, std::size_t begin, std::size_t end,
                    std::vector<float>* products) {
  const std::size_t dimension = request.dimension;
  const auto at = [&](const MultiVectorRows& rows, std::size_t text) {
    return rows.data.data() + static_cast<std::size_t>(rows.offsets[text]) * dimension;
  };
  const std::size_t query_rows = request.queries.Rows(query);
  const auto first = static_cast<std::size_t>(request.documents.offsets[begin]);
  const std::size_t rows = static_cast<std::size_t>(request.documents.offsets[end]) - first;
  products->resize(query_rows * rows);
  if (!products->empty()) {
    MatrixProduct(Transpose::kNo, Transpose::kYes, query_rows, rows, dimension, 1, at(request.queries, query),
                  at(request.documents, begin), 0, products->data());
  }
  float* const out = request.out + query * request.documents.count();
  for (std::size_t document = begin; document < end; ++document) {
    const std::size_t from = static_cast<std::size_t>(request.documents.offsets[document]) - first;
    const std::size_t to = from + request.documents.Rows(document);
    float sum = 0;
    for (std::size_t row = 0; row < query_rows && from < to; ++row) {
      const float* similarities = products->data() + row * rows;
      sum += *std::max_element(similarities + from, similarities + to);
    }
    out[document] = request.mean && query_rows > 0 ? sum / static_cast<float>(query_rows) : sum;
  }
}

void ScoreQuery(const MaxSimRequest& request, std::size_t query) {
  const auto& offsets = request.documents.offsets;
  std::vector<float> products;
  for (std::size_t begin = 0, end; begin < request.documents.count(); begin = end) {
    if (request.cancellation) request.cancellation->ThrowIfRequested();
    end = begin + 1;
    while (end < request.documents.count() &&
           static_cast<std::size_t>(offsets[end + 1] - offsets[begin]) <= kRowsAtOnce)
      ++end;
    ScoreDocuments(request, query, begin, end, &products);
  }
}

}  // namespace

void MultiVectorRows::Check(std::size_t dimension) const {
  const std::size_t rows = data.size() / dimension;
  const bool ends = !offsets.empty() && offsets.front() == 0 && data.size() % dimension == 0 &&
                    static_cast<std::size_t>(offsets.back()) == rows;
  if (!ends || !std::is_sorted(offsets.begin(), offsets.end())) {
    Fail(ErrorCode::kInvalidArgument, "the offsets of multi-vector embeddings must ascend from 0 to their ",
         rows, " vectors");
  }
}

void StartMaxSim(MaxSimRequest request, std::function<void(std::exception_ptr)> done) {
  request.queries.Check(request.dimension);
  request.documents.Check(request.dimension);
  const std::size_t count = request.queries.count();
  auto cancellation = request.cancellation;
  Executor::Get().ForEach(
      count, 0, std::move(cancellation),
      [request = std::move(request)](std::size_t query) { ScoreQuery(request, query); }, std::move(done));
}

}  // namespace densenode
