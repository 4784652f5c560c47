#include "encoder/modules/module_chain.h"

#include <algorithm>
#include <utility>

#include "common/error.h"
#include "encoder/modules/dense.h"
#include "encoder/modules/layer_norm.h"
#include "encoder/modules/normalize.h"

namespace densenode {
namespace {

std::unique_ptr<Module> LoadModule(const ModuleFolder& module, std::size_t inputs) {
  if (module.type == "Dense") return Dense::Load(module.folder);
  if (module.type == "LayerNorm") return LayerNormModule::Load(module.folder);
  return std::make_unique<NormalizeModule>(inputs);
}

// Rows on their way through modules.
class Rows {
 public:
  Rows(const float* data, std::size_t count) : data_(data), count_(count) {}

  void Apply(const Module& module) {
    std::vector<float> out(count_ * module.outputs());
    module.Apply(data_, count_, out.data());
    values_ = std::move(out);
    data_ = values_.data();
  }
  const float* data() const { return data_; }

 private:
  std::vector<float> values_;
  const float* data_;
  std::size_t count_;
};

}  // namespace

std::vector<std::unique_ptr<Module>> LoadModules(const std::vector<ModuleFolder>& folders,
                                                 std::size_t* dimension) {
  std::vector<std::unique_ptr<Module>> modules;
  for (const ModuleFolder& each : folders) {
    modules.push_back(LoadModule(each, *dimension));
    if (modules.back()->inputs() != *dimension) {
      Fail(ErrorCode::kModelInvalid, "the ", each.type, " module in ", each.folder, " takes ",
           modules.back()->inputs(), " dimensions, but what stands before it gives ", *dimension);
    }
    *dimension = modules.back()->outputs();
  }
  return modules;
}

ModuleChain::ModuleChain(const ModuleFolders& modules, std::optional<Pooling> pooling, std::size_t inputs)
    : pooling_(std::move(pooling)) {
  std::size_t dimension = inputs;
  tokens_ = LoadModules(modules.tokens, &dimension);
  token_dimension_ = dimension;
  if (pooling_ && pooling_->dimension.value_or(dimension) != dimension) {
    Fail(ErrorCode::kModelInvalid, "the Pooling module expects ", *pooling_->dimension,
         " dimensions, but what stands before it gives ", dimension);
  }
  if (pooling_) dimension *= pooling_->modes.size();
  pooled_ = dimension;
  texts_ = LoadModules(modules.texts, &dimension);
}

void ModuleChain::Embed(const float* vectors, std::size_t rows, std::size_t prompt_rows, const Cut& cut,
                        float* out) const {
  Rows tokens(vectors, rows);
  for (const auto& module : tokens_) tokens.Apply(*module);
  if (texts_.empty()) {
    Pool(tokens.data(), rows, prompt_rows, cut.dimension, out);
  } else {
    std::vector<float> pooled(pooled_);
    Pool(tokens.data(), rows, prompt_rows, pooled_, pooled.data());
    Rows text(pooled.data(), 1);
    for (const auto& module : texts_) text.Apply(*module);
    std::copy_n(text.data(), cut.dimension, out);
  }
  if (cut.normalize) Normalize(out, cut.dimension);
}

void ModuleChain::Pool(const float* vectors, std::size_t rows, std::size_t prompt_rows, std::size_t count,
                       float* out) const {
  if (!pooling_) {  // one row, or none
    if (rows == 0) {
      std::fill_n(out, count, 0.0f);
    } else {
      std::copy_n(vectors, count, out);
    }
    return;
  }
  const std::size_t left_out = pooling_->include_prompt ? 0 : prompt_rows;
  for (const PoolingMode mode : pooling_->modes) {
    const std::size_t values = std::min(count, token_dimension_);
    PoolText(mode, vectors, rows, left_out, token_dimension_, values, out);
    out += values;
    count -= values;
  }
}

std::optional<PoolingMode> ModuleChain::lone_mode() const {
  const bool alone = pooling_ && pooling_->modes.size() == 1 && pooling_->include_prompt && tokens_.empty() &&
                     texts_.empty() && pooling_->modes.front() != PoolingMode::kWeightedMean;
  return alone ? std::optional(pooling_->modes.front()) : std::nullopt;
}

}  // namespace densenode
