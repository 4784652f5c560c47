#include "encoder/reranker.h"

#include <utility>

#include "encoder/rerank_job.h"

namespace densenode {

Reranker::Reranker(ModelDescription description, const EmbeddingModel::LoadOptions& options)
    : LoadedModel(std::move(description), options),
      activation_(ScoreActivation::Of(this->description(), labels())) {}

std::shared_ptr<Reranker> Reranker::Load(const std::filesystem::path& path,
                                         const EmbeddingModel::LoadOptions& options) {
  return std::shared_ptr<Reranker>(new Reranker(DescribeModel(path, ModelPurpose::kScores), options));
}

void Reranker::Predict(PredictRequest request, std::function<void(std::exception_ptr)> done) {
  if (!request.activation) request.activation = activation();
  const auto& prompt = description().default_prompt;
  // The job holds the whole model through its pipeline.
  StartRerankJob({shared_from_this(), &pipeline()}, prompt ? description().prompts.at(*prompt) : "",
                 std::move(request), std::move(done));
}

}  // namespace densenode
