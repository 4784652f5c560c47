#include "encoder/heads/score_activation.h"

#include <algorithm>
#include <cmath>

#include "common/error.h"
#include "encoder/folder/config_file.h"

namespace densenode {
namespace {

constexpr const char* kIdentity = "identity";
constexpr const char* kSoftmax = "softmax";

// exp(x_i - largest) / sum of them.
void Softmax(float* values, std::size_t count) {
  const float largest = *std::max_element(values, values + count);
  float sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += values[i] = std::exp(values[i] - largest);
  for (std::size_t i = 0; i < count; ++i) values[i] /= sum;
}

// The path of a class of torch.nn, or nothing.
std::string PathOf(const ModelDescription& description) {
  if (!description.score_activation.empty()) return description.score_activation;
  if (!description.config.is_object()) return "";
  const auto own = description.config.find("sentence_transformers");
  if (own != description.config.end() && own->is_object()) {
    if (std::string path = StringOr(*own, "activation_fn", ""); !path.empty()) return path;
  }
  return StringOr(description.config, "sbert_ce_default_activation_function", "");
}

}  // namespace

ScoreActivation ScoreActivation::Named(std::string_view name) {
  if (name == kIdentity || name == kSoftmax) return {std::string(name), nullptr};
  if (name == "sigmoid") return {"sigmoid", TorchActivation("torch.nn.Sigmoid", "")};
  Fail(ErrorCode::kInvalidArgument, "activation must be identity, sigmoid or softmax, not \"", name, "\"");
}

ScoreActivation ScoreActivation::Of(const ModelDescription& description, std::size_t labels) {
  const std::string path = PathOf(description);
  const std::string name = path.substr(path.rfind('.') + 1);
  // Other classes than torch's are code of the folder, which sentence-transformers does not run either.
  if (!path.starts_with("torch.")) return Named(labels == 1 ? "sigmoid" : kIdentity);
  if (name == "Identity") return Named(kIdentity);
  if (name == "Sigmoid") return Named("sigmoid");
  return {name, TorchActivation(path, description.config_path.string())};
}

void ScoreActivation::Apply(float* logits, std::size_t rows, std::size_t labels) const {
  if (name_ == kSoftmax) {
    for (std::size_t row = 0; row < rows; ++row) Softmax(logits + row * labels, labels);
  } else if (function_) {
    function_(logits, rows * labels);
  }
}

}  // namespace densenode
