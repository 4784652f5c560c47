// What models with one transformer have in common: they are loaded from a description, and tell what they
// are.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "encoder/model_folder.h"
#include "encoder/open_pipelines.h"

namespace densenode {

class LoadedModel {
 public:
  LoadedModel(const LoadedModel&) = delete;
  LoadedModel& operator=(const LoadedModel&) = delete;

  // As those of EmbeddingModel.
  const std::vector<Device>& devices() const { return opened_.devices; }
  const std::string& dtype() const { return opened_.dtype; }
  const std::string& name() const { return description_.name; }
  const std::string& architecture() const { return pipeline().session->architecture(); }
  std::size_t weight_bytes() const { return pipeline().session->weight_bytes(); }

 protected:
  // Throws as OpenPipelines.
  LoadedModel(ModelDescription description, const EmbeddingModel::LoadOptions& options);
  ~LoadedModel();

  const ModelDescription& description() const { return description_; }
  const EmbeddingPipeline& pipeline() const { return *opened_.pipelines.front(); }
  // OpenedPipelines::checkpoint, once.
  std::unique_ptr<const Checkpoint> TakeCheckpoint() { return std::move(opened_.checkpoint); }

 private:
  const ModelDescription description_;
  OpenedPipelines opened_;
};

}  // namespace densenode
