// InfoNCE (van den Oord et al. 2018, arXiv 1807.03748): a query must tell its positive from the other
// candidates. sentence-transformers calls it MultipleNegativesRankingLoss, with scale = 1 / temperature.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace densenode {

// -log(exp(s_p / t) / sum_j exp(s_j / t)), where s are the similarities of one query, p is the column of its
// positive, t the temperature, and j runs over the columns that are not in `masked`; p must not be. The
// similarities become the gradient: the derivative of the loss by each of them.
double InfoNce(std::span<float> similarities, std::size_t positive, std::span<const std::uint32_t> masked,
               float temperature);

}  // namespace densenode
