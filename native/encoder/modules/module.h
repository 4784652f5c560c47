// A module of sentence-transformers that maps vectors one by one: token vectors before Pooling, the vector of
// the text after it.
#pragma once

#include <cstddef>

namespace densenode {

// Immutable, so any number of threads may use it at once.
class Module {
 public:
  virtual ~Module() = default;
  virtual std::size_t inputs() const = 0;   // values of a row that it takes
  virtual std::size_t outputs() const = 0;  // and gives
  // `in`: rows x inputs() values, row major; `out`: rows x outputs(), other memory.
  virtual void Apply(const float* in, std::size_t rows, float* out) const = 0;
};

}  // namespace densenode
