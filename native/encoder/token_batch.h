// The texts of one batch as token ids: packed for devices that need no padding, padded for those that do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace densenode {

// Texts one after another: text i is the next lengths[i] (>= 1) of ids and type_ids.
struct TokenBatch {
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> type_ids;
  std::vector<std::int32_t> lengths;
  // How many of the tokens of each text, the first, others attend to; empty: all.
  std::vector<std::int32_t> seen = {};
  std::int32_t pad_id = 0;

  std::size_t count() const { return lengths.size(); }
  std::size_t longest() const;
  // Adds the texts of a batch in which tokens see all others.
  void Append(const TokenBatch& other);
};

// `count` texts padded to `length` tokens, row major; row i has lengths[i] tokens, then padding. Of the
// tokens the first seen[i] are attended to.
struct PaddedBatch {
  std::size_t count = 0;
  std::size_t length = 0;
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> type_ids;
  std::vector<std::int32_t> lengths;
  std::vector<std::int32_t> seen;

  std::vector<std::int64_t> shape() const {
    return {static_cast<std::int64_t>(count), static_cast<std::int64_t>(length)};
  }
};

PaddedBatch Pad(const TokenBatch& batch);

// What packed attention wants to know beside the ids (com.microsoft PackedMultiHeadAttention).
struct Packing {
  std::vector<std::int32_t> cumulative;  // count + 1: where each text begins, and the end
  // count x longest: the places of all tokens in the padded batch, row major, then those of its padding.
  std::vector<std::int32_t> token_offset;
};

// Texts of no tokens are allowed here; `longest` is at least batch.longest().
Packing DescribePacking(const TokenBatch& batch, std::size_t longest);

}  // namespace densenode
