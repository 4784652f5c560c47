// What stands behind the transformer of a cross-encoder: from the token vectors of a pair of texts to its
// scores, as the classes ...ForSequenceClassification of Python's transformers have it.
#pragma once

#include <cstddef>
#include <memory>

#include "encoder/checkpoint.h"
#include "encoder/model_folder.h"
#include "encoder/modules/module_chain.h"

namespace densenode {

// Reads the head's weights from the model's checkpoint. `hidden`: values of a token vector. The chain gives
// one value a label. Throws MODEL_INVALID for tensors that are missing or have other shapes,
// MODEL_UNSUPPORTED for a class whose head is not known here.
std::unique_ptr<const ModuleChain> LoadClassificationHead(const ModelDescription& description,
                                                          const Checkpoint& checkpoint, std::size_t hidden);

}  // namespace densenode
