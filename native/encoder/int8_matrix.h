// Weights in 8 bits: each row of a matrix as whole numbers times a scale of its own, symmetric around zero
// ("per channel"; Krishnamoorthi 2018, arXiv:1806.08342, section 2).
#pragma once

#include <cstdint>
#include <vector>

#include "encoder/stored_tensor.h"

namespace densenode {

struct Int8Matrix {
  std::vector<std::int64_t> shape;
  std::vector<std::int8_t> values;  // row major
  std::vector<float> scales;        // one for each row of the stored matrix
  std::vector<float> sums;          // of its values, after they were rounded; for products alone
};

// `stored` as it lies, [rows, columns]; values from -127 to 127. Read piece by piece; pages of the file are
// released. Throws MODEL_INVALID for values that are not finite.
Int8Matrix QuantizeRows(const StoredTensor& stored);

// A weight [outputs, inputs] for products: [inputs, outputs], values from -largest to largest, a scale for
// each output.
Int8Matrix QuantizeForProducts(const StoredTensor& stored, int largest);

}  // namespace densenode
