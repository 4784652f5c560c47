// Cross-encoders: a query and a text go through the transformer together, and a head scores how they belong
// together. More exact than the distance of two embeddings, and too slow for more than some hundred
// candidates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "common/cancellation.h"
#include "common/text_list.h"
#include "encoder/heads/score_activation.h"
#include "encoder/loaded_model.h"

namespace densenode {

class Reranker : public LoadedModel, public std::enable_shared_from_this<Reranker> {
 public:
  // `path` as EmbeddingModel::Load takes it: a folder of a ...ForSequenceClassification, a
  // sentence-transformers CrossEncoder put together from modules, or an .onnx file with the output "logits".
  // Of the options pooling and normalize have no meaning.
  static std::shared_ptr<Reranker> Load(const std::filesystem::path& path,
                                        const EmbeddingModel::LoadOptions& options);

  std::size_t labels() const { return pipeline().dimension; }       // scores of one pair
  std::size_t max_tokens() const { return pipeline().max_tokens; }  // of a pair
  const ScoreActivation& activation() const { return activation_; }

  struct PredictRequest {
    // Pairs: a text of each, or one first text for all second ones.
    std::shared_ptr<const TextList> firsts, seconds;
    std::optional<ScoreActivation> activation;  // unset: the model's
    float* out = nullptr;                       // seconds->size() * labels(), row major
    std::int32_t* token_counts = nullptr;       // one a pair; may be null
    std::shared_ptr<Cancellation> cancellation;
    std::function<void(std::size_t)> on_progress;
  };

  // As EmbeddingModel::Embed. Pairs over the limit are cut as the official tokenizers cut them, from the
  // longer text first.
  void Predict(PredictRequest request, std::function<void(std::exception_ptr)> done);

 private:
  Reranker(ModelDescription description, const EmbeddingModel::LoadOptions& options);

  const ScoreActivation activation_;
};

}  // namespace densenode
