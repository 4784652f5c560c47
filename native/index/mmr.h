// Maximal marginal relevance: candidates that are relevant and unlike each other. Carbonell and Goldstein,
// "The use of MMR, diversity-based reranking for reordering documents and producing summaries", SIGIR 1998.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/cancellation.h"

namespace densenode {

struct MmrRequest {
  std::span<const float> vectors;  // of the candidates: n x dimension, row major
  std::size_t dimension = 0;
  // Relevance is the cosine with `query`, or, where it is empty, what `relevance` says of each candidate.
  std::span<const float> query;
  std::span<const double> relevance;
  double lambda = 0;                           // from 0 (unlike each other) to 1 (relevant)
  const Cancellation* cancellation = nullptr;  // may be null
};

// Chooses rows.size() <= n candidates one after the other: the next is the one with the largest
//   lambda * relevance - (1 - lambda) * (largest cosine with one that was chosen before),
// of equal ones the more relevant, then the lower row. Fills in rows and these values. The cosine of a vector
// of zeros is 0. In double precision; n * rows.size() * dimension multiplications.
//
// Throws INVALID_ARGUMENT for NaN or infinity, with the row; ABORTED.
void ChooseDiverse(const MmrRequest& request, std::span<std::int32_t> rows, std::span<double> values);

}  // namespace densenode
