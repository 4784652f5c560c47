// The session that a described model gets on a device.
#pragma once

#include <memory>
#include <string>

#include "common/device.h"
#include "encoder/model_folder.h"
#include "encoder/session.h"

namespace densenode {

// "auto" and what else `dtype` may be as the type that a model gets on `device`: "fp32" or "fp16". Throws
// INVALID_ARGUMENT for other words, MODEL_UNSUPPORTED for types that are not built for this device or model.
std::string ChooseDtype(const std::string& dtype, const Device& device, const ModelDescription& description);

// `dtype` is one that ChooseDtype gave.
std::unique_ptr<EncoderSession> OpenSession(const ModelDescription& description, const Device& device,
                                            const std::string& dtype);

}  // namespace densenode
