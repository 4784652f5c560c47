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
#include <string>
#include <vector>

#include "common/cancellation.h"
#include "common/device.h"
#include "common/text_list.h"
#include "encoder/embedding_model.h"
#include "encoder/heads/score_activation.h"

namespace densenode {

class Reranker : public std::enable_shared_from_this<Reranker> {
 public:
  // `path` as EmbeddingModel::Load takes it: a folder of a ...ForSequenceClassification, a
  // sentence-transformers CrossEncoder put together from modules, or an .onnx file with the output "logits".
  // Of the options pooling and normalize have no meaning.
  static std::shared_ptr<Reranker> Load(const std::filesystem::path& path,
                                        const EmbeddingModel::LoadOptions& options);
  ~Reranker();

  std::size_t labels() const;      // scores of one pair
  std::size_t max_tokens() const;  // of a pair
  const ScoreActivation& activation() const;
  const std::vector<Device>& devices() const;
  const std::string& dtype() const;
  const std::string& name() const;
  const std::string& architecture() const;
  std::size_t weight_bytes() const;

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
  struct Parts;
  explicit Reranker(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace densenode
