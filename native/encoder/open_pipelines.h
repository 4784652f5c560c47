// Described routes as pipelines that embed texts: sessions on devices, tokenizers and modules.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/device.h"
#include "encoder/checkpoint.h"
#include "encoder/embed_job.h"
#include "encoder/embedding_model.h"
#include "encoder/model_folder.h"

namespace densenode {

struct OpenedPipelines {
  std::vector<std::shared_ptr<const EmbeddingPipeline>> pipelines;  // one a route
  std::vector<Device> devices;                                      // one a replica
  std::string dtype;
  // Of a model whose own head is still to be read (kSparse, kTokens); null for others and for .onnx files.
  std::unique_ptr<const Checkpoint> checkpoint;
};

// Routes with the same weights share a session, those with the same tokenizer.json a tokenizer. Devices and
// dtype are those of the transformer that comes first; StaticEmbedding works in fp32 on the host. Throws as
// EmbeddingModel::Load.
OpenedPipelines OpenPipelines(std::span<const ModelDescription> routes,
                              const EmbeddingModel::LoadOptions& options);

}  // namespace densenode
