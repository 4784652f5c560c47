// L2 normalization as a module that others follow.
#pragma once

#include <algorithm>

#include "encoder/modules/module.h"
#include "encoder/modules/pooling.h"

namespace densenode {

class NormalizeModule : public Module {
 public:
  explicit NormalizeModule(std::size_t dimension) : dimension_(dimension) {}

  std::size_t inputs() const override { return dimension_; }
  std::size_t outputs() const override { return dimension_; }
  void Apply(const float* in, std::size_t rows, float* out) const override {
    std::copy_n(in, rows * dimension_, out);
    for (std::size_t row = 0; row < rows; ++row) Normalize(out + row * dimension_, dimension_);
  }

 private:
  const std::size_t dimension_;
};

}  // namespace densenode
