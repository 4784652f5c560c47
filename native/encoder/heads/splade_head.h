// What stands behind the transformer of a SPLADE model: token vectors to logits of the vocabulary, as the
// classes
// ...ForMaskedLM of Python's transformers have it, and those to one weight a token id.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "encoder/checkpoint.h"
#include "encoder/model_folder.h"
#include "encoder/modules/module.h"

namespace densenode {

// The token ids of a text that weigh more than 0, ascending.
struct SparseText {
  std::vector<std::int32_t> ids;
  std::vector<float> weights;
};

// Immutable, so any number of threads may use it at once.
class SpladeHead {
 public:
  // Reads the head's weights from the model's checkpoint; null where the session gives logits itself (.onnx),
  // whose number is `inputs`. Throws MODEL_INVALID for tensors that are missing or have other shapes,
  // MODEL_UNSUPPORTED for a class whose head is not known here.
  SpladeHead(const ModelDescription& description, const Checkpoint* checkpoint, std::size_t inputs);

  std::size_t vocabulary() const { return vocabulary_; }

  // `vectors`: rows x inputs values, row major. Of the weights the `most` largest are kept (0: all); equal
  // ones by the smaller id.
  SparseText Apply(const float* vectors, std::size_t rows, std::size_t most) const;

 private:
  std::vector<std::unique_ptr<Module>> modules_;  // token vectors to logits
  std::size_t inputs_, vocabulary_;
  SpladePooling pooling_;
};

}  // namespace densenode
