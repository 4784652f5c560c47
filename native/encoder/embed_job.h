// One embedding job on the Executor.
#pragma once

#include <exception>
#include <functional>
#include <memory>

#include "encoder/embedding_model.h"
#include "encoder/encode_job.h"
#include "encoder/modules/module_chain.h"

namespace densenode {

// What a loaded model needs to embed texts.
struct EmbeddingPipeline : EncoderPipeline {
  std::unique_ptr<const ModuleChain> modules;
  bool normalize = false;
  std::size_t dimension = 0;  // of embeddings: that of the modules, or less

  // Null where a device cannot pool as the modules want it, so that the host does.
  const DevicePooler* device_pooler() const {
    return modules->lone_mode() ? session->device_pooler() : nullptr;
  }
};

// Starts the job and returns at once; every error, of the request too, is given to done(error), once, on a
// pool thread.
void StartEmbedJob(std::shared_ptr<const EmbeddingPipeline> pipeline, EmbeddingModel::EmbedRequest request,
                   std::function<void(std::exception_ptr)> done);

// The same on this thread, which waits for it; throws what StartEmbedJob gives to done.
void EmbedHere(std::shared_ptr<const EmbeddingPipeline> pipeline, EmbeddingModel::EmbedRequest request);

}  // namespace densenode
