// Embeddings in 8 bits or 1 bit a value, as sentence-transformers' quantize_embeddings defines them: the same
// codes for the same floats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "common/cancellation.h"

namespace densenode {

// kUint8: floor((x - low) / step), step = (high - low) / 255 of the dimension, from 0 to 255; kInt8: the same
// less 128. kUbinary: the bit x > 0, the first dimension in the highest bit of the first byte; kBinary: the
// same bytes less 128.
enum class Precision { kInt8, kUint8, kBinary, kUbinary };

Precision ParsePrecision(std::string_view name);  // throws INVALID_ARGUMENT with the list of names
constexpr bool IsScalar(Precision precision) {
  return precision == Precision::kInt8 || precision == Precision::kUint8;
}
// Bytes of one embedding.
constexpr std::size_t CodeSize(Precision precision, std::size_t dimension) {
  return IsScalar(precision) ? dimension : (dimension + 7) / 8;
}
// What is added to a byte, modulo 256, to make the unsigned code of it.
constexpr std::uint8_t CodeOffset(Precision precision) {
  return precision == Precision::kInt8 || precision == Precision::kBinary ? 128 : 0;
}

// The width of one code of each dimension; `ranges`: the lows of all dimensions, then the highs.
std::vector<float> CodeSteps(std::span<const float> ranges);

// Writes `rows` codes. `steps` and `ranges` are for scalars. Throws INVALID_ARGUMENT for NaN; `first_row` is
// the number of the first row in the message.
void QuantizeScalar(const float* embeddings, std::size_t rows, std::span<const float> ranges,
                    std::span<const float> steps, std::uint8_t offset, std::size_t first_row,
                    std::uint8_t* out);
void QuantizeBinary(const float* embeddings, std::size_t rows, std::size_t dimension, std::uint8_t offset,
                    std::size_t first_row, std::uint8_t* out);

struct QuantizeRequest {
  std::span<const float> embeddings;  // rows of `dimension`
  std::size_t dimension = 0;
  Precision precision = Precision::kUbinary;
  // Of scalars: what the ranges are taken from; empty: `ranges` are given.
  std::span<const float> calibration;
  std::span<float> ranges;  // 2 x dimension: read, or written from the calibration
  std::uint8_t* out = nullptr;
  std::shared_ptr<Cancellation> cancellation;
};

// Returns at once; done(error) is called once, on a pool thread.
void StartQuantize(QuantizeRequest request, std::function<void(std::exception_ptr)> done);

}  // namespace densenode
