// InfoNCE (van den Oord et al. 2018, arXiv 1807.03748): each query must tell its positive from the other
// candidates of its batch. sentence-transformers calls it MultipleNegativesRankingLoss, with scale =
// 1 / temperature.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace densenode {

// Candidates that are no negatives of a query, because they are positives of it: columns of row i are
// columns[offsets[i]] .. columns[offsets[i + 1] - 1].
struct MaskedColumns {
  std::vector<std::size_t> offsets;  // rows + 1
  std::vector<std::uint32_t> columns;
};

// The mean over the rows i of -log(exp(s_ii / t) / sum_j exp(s_ij / t)), where t is the temperature and j runs
// over the columns that are not masked; column i holds the positive of row i and must not be masked.
// `similarities` is rows x columns, row major, and becomes the gradient of the loss by each of its values.
double InfoNce(std::span<float> similarities, std::size_t rows, std::size_t columns, float temperature,
               const MaskedColumns& masked);

}  // namespace densenode
