// One embedding job on the Executor: tokenize in parallel, cut into batches, embed each batch.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>

#include "encoder/batching.h"
#include "encoder/embedding_model.h"
#include "encoder/modules/module_chain.h"
#include "encoder/session.h"
#include "text/tokenizer.h"

namespace densenode {

// What a loaded model needs to embed texts.
struct EmbeddingPipeline {
  std::shared_ptr<const Tokenizer> tokenizer;
  std::shared_ptr<const EncoderSession> session;
  std::unique_ptr<const ModuleChain> modules;
  bool normalize = false;
  std::size_t dimension = 0;          // of embeddings: that of the modules, or less
  std::size_t max_tokens = 0;         // 0: what tokenizer.json says
  bool special_tokens = true;         // are added to texts
  std::size_t threads = 0;            // most threads of one job at once; 0: the whole pool
  std::size_t batches_in_flight = 0;  // most batches of one job at once; 0: one for each thread
  BatchLimits batch_limits{};         // min_batches is set to what can be at work at once

  Tokenizer::EncodeOptions encode_options() const {
    Tokenizer::EncodeOptions options;
    options.add_special_tokens = special_tokens;
    if (max_tokens > 0) options.max_tokens = max_tokens;
    return options;
  }

  // Null where a device cannot pool as the modules want it, so that the host does.
  const DevicePooler* device_pooler() const {
    return modules->lone_mode() ? session->device_pooler() : nullptr;
  }
};

// Starts the job and returns at once; every error, of the request too, is given to done(error), once, on a
// pool thread.
void StartEmbedJob(std::shared_ptr<const EmbeddingPipeline> pipeline, EmbeddingModel::EmbedRequest request,
                   std::function<void(std::exception_ptr)> done);

}  // namespace densenode
