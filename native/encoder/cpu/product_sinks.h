// What follows a product, done while the next block is multiplied.
#pragma once

#include <algorithm>
#include <cstddef>

#include "encoder/cpu/linear.h"

namespace densenode::cpu {

// Weights of this size stay in the second-level cache while rows go through them in blocks of 32. Larger ones
// come from the third for each group of rows: less often with larger groups.
constexpr std::size_t kCachedWeights = std::size_t{5} << 18;
constexpr std::size_t kRowGroup = 128;

inline std::size_t RowGroup(std::size_t weight_bytes) {
  return weight_bytes <= kCachedWeights ? kBlock : kRowGroup;
}

// Of the rows from `row` on and the columns from `column` on; `quantized` is null where bf16 was multiplied.
inline ColumnTerms TermsOf(const Linear& linear, const ByteRows* quantized, std::size_t row,
                           std::size_t column) {
  const float* const bias = linear.bias.data() + column;
  if (!quantized) return {bias};
  return {bias, linear.in_bytes.scales(column), linear.in_bytes.sums(column), quantized->scales.data() + row,
          quantized->zeros.data() + row};
}

// Two blocks in turn: one is multiplied while the other is worked on.
class BlockPair {
 public:
  ProductBlock Next(std::size_t row, std::size_t column, std::size_t rows) {
    second_ = !second_;
    return {row, column, rows, values_[second_], kBlock};
  }

 private:
  alignas(64) float values_[2][kBlock * kBlock];
  bool second_ = false;
};

class ActivationSink final : public ProductSink {
 public:
  ActivationSink(const Linear& linear, const ByteRows* quantized, Activation activation, Bf16* out,
                 std::size_t stride)
      : linear_(linear), quantized_(quantized), activation_(activation), out_(out), stride_(stride) {}

  ProductBlock Place(std::size_t row, std::size_t column, std::size_t rows) override {
    return blocks_.Next(row, column, rows);
  }

  void Take(const ProductBlock& block, std::size_t begin, std::size_t end) override {
    ActivateBlock(activation_, block.values + begin * kBlock, kBlock,
                  TermsOf(linear_, quantized_, block.row + begin, block.column), end - begin,
                  out_ + (block.row + begin) * stride_ + block.column, stride_);
  }

 private:
  const Linear& linear_;
  const ByteRows* const quantized_;
  const Activation activation_;
  Bf16* const out_;
  const std::size_t stride_;
  BlockPair blocks_;
};

// The blocks of a gate wait for those of the map beside it.
class GatedSink final : public ProductSink {
 public:
  GatedSink(const Linear& both, const ByteRows* quantized, Activation activation, Bf16* out)
      : both_(both), quantized_(quantized), activation_(activation), out_(out) {}

  ProductBlock Place(std::size_t row, std::size_t column, std::size_t rows) override {
    if (IsGate(column)) return {row, column, rows, Opened(row), kBlock};
    return blocks_.Next(row, column, rows);
  }

  void Take(const ProductBlock& block, std::size_t begin, std::size_t end) override {
    if (IsGate(block.column)) return;
    const std::size_t row = block.row + begin;
    const std::size_t width = both_.weight.outputs() / 2, column = (block.column - kBlock) / 2;
    ActivateGatedBlock(activation_, Opened(row), TermsOf(both_, quantized_, row, block.column - kBlock),
                       block.values + begin * kBlock, TermsOf(both_, quantized_, row, block.column),
                       end - begin, out_ + row * width + column, width);
  }

 private:
  static bool IsGate(std::size_t column) { return column / kBlock % 2 == 0; }
  float* Opened(std::size_t row) { return opened_ + row % kRowGroup * kBlock; }

  const Linear& both_;
  const ByteRows* const quantized_;
  const Activation activation_;
  Bf16* const out_;
  BlockPair blocks_;
  alignas(64) float opened_[kRowGroup * kBlock];
};

// Rows are normalized when all their columns are there, a few at a time while the next rows are multiplied.
class NormalizeSink final : public ProductSink {
 public:
  NormalizeSink(const Linear& linear, const LayerNorm& output_norm, const LayerNorm& norm, std::size_t rows,
                float* x, Bf16* rounded, AlignedBuffer<float>* scratch)
      : linear_(linear),
        output_norm_(output_norm),
        norm_(norm),
        rows_(rows),
        width_(linear.weight.outputs()),
        group_(RowGroup(linear.weight.bytes())),
        no_bias_(output_norm.gain ? width_ : 0),
        x_(x),
        rounded_(rounded),
        scratch_(scratch->Reserve((2 * group_ + 1) * width_)) {}

  ProductBlock Place(std::size_t row, std::size_t column, std::size_t rows) override {
    if (column == 0 && row % group_ == 0) NormalizeAll();  // the memory of these rows is used again
    return {row, column, rows, Values(row) + column, width_};
  }

  void Take(const ProductBlock& block, std::size_t begin, std::size_t end) override {
    earned_ += end - begin;
    for (const std::size_t price = width_ / kBlock; earned_ >= price; earned_ -= price) NormalizeOne();
    const std::size_t row = block.row + end;
    if (block.column + kBlock == width_ && (row % group_ == 0 || row == rows_)) complete_ = row;
  }

  void NormalizeAll() {
    while (normalized_ < complete_) NormalizeOne();
  }

 private:
  // Two groups of rows in turn.
  float* Values(std::size_t row) { return scratch_ + row % (2 * group_) * width_; }

  void NormalizeOne() {
    if (normalized_ == complete_) return;
    const std::size_t row = normalized_++;
    float* change = Values(row);
    const float* bias = linear_.bias.data();
    Bf16* const low = rounded_ + row * width_;
    if (output_norm_.gain) {
      float* const normalized = scratch_ + 2 * group_ * width_;
      std::fill_n(normalized, width_, 0.0f);
      AddAndNormalize(output_norm_, change, bias, normalized, low);
      change = normalized;
      bias = no_bias_.data();
    }
    AddAndNormalize(norm_, change, bias, x_ + row * norm_.width, low);
  }

  const Linear& linear_;
  const LayerNorm &output_norm_, &norm_;
  const std::size_t rows_, width_, group_;
  const PaddedVector no_bias_;
  float* const x_;
  Bf16* const rounded_;
  float* const scratch_;
  std::size_t complete_ = 0;    // rows whose columns are all there
  std::size_t normalized_ = 0;  // rows
  std::size_t earned_ = 0;      // as many rows of blocks as make a row are worth the normalization of one
};

}  // namespace densenode::cpu
