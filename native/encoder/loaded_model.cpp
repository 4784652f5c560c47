#include "encoder/loaded_model.h"

#include "common/memory.h"

namespace densenode {

LoadedModel::LoadedModel(ModelDescription description, const EmbeddingModel::LoadOptions& options)
    : description_(std::move(description)), opened_(OpenPipelines({&description_, 1}, options)) {}

LoadedModel::~LoadedModel() {
  opened_ = {};
  ReturnFreeMemory();
}

}  // namespace densenode
