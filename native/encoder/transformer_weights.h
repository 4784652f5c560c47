// The tensors of a transformer where its spec says that they are in the checkpoint.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "encoder/architecture/transformer_spec.h"
#include "encoder/checkpoint.h"

namespace densenode {

class TransformerWeights {
 public:
  // Both must outlive it.
  TransformerWeights(const TransformerSpec& spec, const Checkpoint& checkpoint);

  // Throws MODEL_INVALID for a tensor that is missing or has another shape.
  StoredTensor Find(const TensorPlace& place, const std::vector<std::size_t>& shape) const;

  StoredTensor Table(const TableSpec& table, std::size_t width) const {
    return Find(table.weight, {table.rows, width});
  }

  const TransformerSpec& spec() const { return spec_; }

 private:
  std::string NameInFile(const std::string& name) const;

  const TransformerSpec& spec_;
  const Checkpoint& checkpoint_;
  const std::string prefix_;  // that all names have in this checkpoint
};

}  // namespace densenode
