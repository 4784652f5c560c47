// What stands behind the transformer of a late-interaction model: token vectors of a lower dimension, without
// those of tokens that are left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_set>
#include <vector>

#include "encoder/checkpoint.h"
#include "encoder/model_folder.h"
#include "encoder/modules/module.h"
#include "text/tokenizer.h"

namespace densenode {

// Immutable, so any number of threads may use it at once.
class TokenHead {
 public:
  // `checkpoint`: that of the model, null for an .onnx file; `inputs`: values of the transformer's vectors.
  // Throws as LoadModules, MODEL_UNSUPPORTED for a projection that would be in the checkpoint.
  TokenHead(const ModelDescription& description, const Checkpoint* checkpoint, std::size_t inputs,
            const Tokenizer& tokenizer);

  std::size_t dimension() const { return modules_.empty() ? inputs_ : modules_.back()->outputs(); }

  // Vectors of those tokens that have one. `vectors`: one row for each of `ids`.
  std::vector<float> Apply(const float* vectors, std::span<const std::int32_t> ids, bool is_query) const;

 private:
  std::size_t inputs_;
  std::vector<std::unique_ptr<Module>> modules_;
  std::unordered_set<std::int32_t> skipped_;
  bool skips_documents_, skips_queries_;
};

}  // namespace densenode
