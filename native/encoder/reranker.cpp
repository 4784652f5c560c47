#include "encoder/reranker.h"

#include <utility>

#include "common/memory.h"
#include "encoder/model_folder.h"
#include "encoder/open_pipelines.h"
#include "encoder/rerank_job.h"

namespace densenode {

struct Reranker::Parts {
  ModelDescription description;
  OpenedPipelines opened;
  ScoreActivation activation;

  const EmbeddingPipeline& pipeline() const { return *opened.pipelines.front(); }
};

Reranker::Reranker(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Reranker::~Reranker() {
  parts_.reset();
  ReturnFreeMemory();
}

std::shared_ptr<Reranker> Reranker::Load(const std::filesystem::path& path,
                                         const EmbeddingModel::LoadOptions& options) {
  const std::vector<ModelDescription> described = {DescribeModel(path, ModelPurpose::kScores)};
  OpenedPipelines opened = OpenPipelines(described, options);
  const std::size_t labels = opened.pipelines.front()->dimension;
  auto activation = ScoreActivation::Of(described.front(), labels);
  return std::shared_ptr<Reranker>(new Reranker(
      std::make_unique<Parts>(Parts{described.front(), std::move(opened), std::move(activation)})));
}

std::size_t Reranker::labels() const { return parts_->pipeline().dimension; }
std::size_t Reranker::max_tokens() const { return parts_->pipeline().max_tokens; }
const ScoreActivation& Reranker::activation() const { return parts_->activation; }
const std::vector<Device>& Reranker::devices() const { return parts_->opened.devices; }
const std::string& Reranker::dtype() const { return parts_->opened.dtype; }
const std::string& Reranker::name() const { return parts_->description.name; }
const std::string& Reranker::architecture() const { return parts_->pipeline().session->architecture(); }
std::size_t Reranker::weight_bytes() const { return parts_->pipeline().session->weight_bytes(); }

void Reranker::Predict(PredictRequest request, std::function<void(std::exception_ptr)> done) {
  if (!request.activation) request.activation = activation();
  const ModelDescription& description = parts_->description;
  const auto& prompt = description.default_prompt;
  // The job holds the whole model through its pipeline.
  StartRerankJob({shared_from_this(), &parts_->pipeline()}, prompt ? description.prompts.at(*prompt) : "",
                 std::move(request), std::move(done));
}

}  // namespace densenode
