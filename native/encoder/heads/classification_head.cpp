#include "encoder/heads/classification_head.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/error.h"
#include "encoder/folder/config_file.h"
#include "encoder/folder/module_weights.h"
#include "encoder/heads/head_weights.h"

namespace densenode {
namespace {

// How a class names the parts of its head: scores = output(norm(activation(dense(pooled)))).
struct Form {
  std::string_view class_name;
  const char* dense;
  const char* activation;  // of transformers; null: what config.json's "classifier_activation" says
  const char* norm;        // null: none
  const char* output;
};

constexpr Form kForms[] = {
    {"AlbertForSequenceClassification", "albert.pooler", "tanh", nullptr, "classifier"},
    {"BertForSequenceClassification", "bert.pooler.dense", "tanh", nullptr, "classifier"},
    {"CamembertForSequenceClassification", "classifier.dense", "tanh", nullptr, "classifier.out_proj"},
    {"DistilBertForSequenceClassification", "pre_classifier", "relu", nullptr, "classifier"},
    {"ElectraForSequenceClassification", "classifier.dense", "gelu", nullptr, "classifier.out_proj"},
    {"GteForSequenceClassification", "gte.pooler.dense", "tanh", nullptr, "classifier"},
    {"MPNetForSequenceClassification", "classifier.dense", "tanh", nullptr, "classifier.out_proj"},
    {"ModernBertForSequenceClassification", "head.dense", nullptr, "head.norm", "classifier"},
    {"NewForSequenceClassification", "new.pooler.dense", "tanh", nullptr, "classifier"},
    {"RobertaForSequenceClassification", "classifier.dense", "tanh", nullptr, "classifier.out_proj"},
    {"XLMRobertaForSequenceClassification", "classifier.dense", "tanh", nullptr, "classifier.out_proj"},
};

// Where the vector of the pair is taken from: the first token, but for ModernBERT, which says it.
PoolingMode PoolingOf(const ModelDescription& description) {
  const std::string pooling = StringOr(description.config, "classifier_pooling", "cls");
  if (pooling == "cls") return PoolingMode::kCls;
  if (pooling == "mean") return PoolingMode::kMean;
  Fail(ErrorCode::kModelUnsupported, description.config_path, ": classifier_pooling \"", pooling,
       "\" is not supported; \"cls\" and \"mean\" are");
}

}  // namespace

std::unique_ptr<const ModuleChain> LoadClassificationHead(const ModelDescription& description,
                                                          const Checkpoint& checkpoint, std::size_t hidden) {
  const Form& form = FormOf(description, kForms, "is no cross-encoder that densenode knows", "are");
  const HeadWeights weights(description, checkpoint);
  const std::string activation =
      form.activation ? form.activation : StringOr(description.config, "classifier_activation", "gelu");
  std::vector<std::unique_ptr<Module>> modules;
  modules.push_back(weights.Linear(form.dense, hidden, hidden, weights.Activation(activation)));
  if (form.norm) modules.push_back(weights.Norm(form.norm, hidden, "norm_eps", 1e-5F));
  const std::size_t labels = weights.Rows(std::string(form.output) + ".weight", kMaxModuleDimension);
  modules.push_back(weights.Linear(form.output, labels, hidden, nullptr));
  Pooling pooling;
  pooling.modes = {PoolingOf(description)};
  return std::make_unique<ModuleChain>(std::move(pooling), std::move(modules), hidden);
}

}  // namespace densenode
