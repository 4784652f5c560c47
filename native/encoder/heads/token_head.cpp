#include "encoder/heads/token_head.h"

#include <utility>

#include "common/error.h"
#include "encoder/folder/module_weights.h"
#include "encoder/heads/head_weights.h"
#include "encoder/modules/module_chain.h"
#include "encoder/modules/normalize.h"

namespace densenode {

TokenHead::TokenHead(const ModelDescription& description, const Checkpoint* checkpoint, std::size_t inputs,
                     const Tokenizer& tokenizer)
    : inputs_(inputs),
      skips_documents_(description.late_interaction.skips_documents),
      skips_queries_(description.late_interaction.skips_queries) {
  const LateInteraction& late = description.late_interaction;
  std::size_t values = inputs;
  modules_ = LoadModules(description.modules.tokens, &values);
  if (late.inline_projection) {
    if (!checkpoint) {
      Fail(ErrorCode::kModelUnsupported, description.onnx,
           " does not have the projection \"linear.weight\" that is beside the transformer in ColBERT's "
           "model.safetensors");
    }
    const HeadWeights weights(description, *checkpoint);
    modules_.push_back(
        weights.Linear("linear", weights.Rows("linear.weight", kMaxModuleDimension), inputs, nullptr));
  }
  if (late.normalizes) modules_.push_back(std::make_unique<NormalizeModule>(dimension()));
  const auto unknown = tokenizer.unknown_id();
  for (const std::string& word : late.skipped) {
    const auto id = tokenizer.TokenToId(word);
    if (id && id != unknown) skipped_.insert(*id);
  }
}

std::vector<float> TokenHead::Apply(const float* vectors, std::span<const std::int32_t> ids,
                                    bool is_query) const {
  const bool skips = is_query ? skips_queries_ : skips_documents_;
  std::vector<float> rows;
  rows.reserve(ids.size() * inputs_);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (skips && skipped_.contains(ids[i])) continue;
    rows.insert(rows.end(), vectors + i * inputs_, vectors + (i + 1) * inputs_);
  }
  const std::size_t count = rows.size() / inputs_;
  for (const auto& module : modules_) {
    std::vector<float> out(count * module->outputs());
    module->Apply(rows.data(), count, out.data());
    rows = std::move(out);
  }
  return rows;
}

}  // namespace densenode
