// One job of a cross-encoder on the Executor: pairs of texts to logits.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <string>

#include "encoder/embed_job.h"
#include "encoder/reranker.h"

namespace densenode {

// As StartEmbedJob; the modules of the pipeline are the head. `prompt` is put before the first text of each
// pair.
void StartRerankJob(std::shared_ptr<const EmbeddingPipeline> pipeline, std::string prompt,
                    Reranker::PredictRequest request, std::function<void(std::exception_ptr)> done);

}  // namespace densenode
