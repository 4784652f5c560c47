// The sessions that a described model gets on its devices.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/device.h"
#include "encoder/checkpoint.h"
#include "encoder/model_folder.h"
#include "encoder/replicated_session.h"

namespace densenode {

// As ResolveDevice, but "auto" is the CPU for a model that is not built for CUDA.
Device ChooseDevice(const std::string& name, const ModelDescription& description);

// "auto" and what else `dtype` may be as the type that a model gets on `device`: "fp32", "fp16", "bf16",
// "int8-bf16" or "int8". What BeginsInBf16 is still to be checked for "auto" (dtype_check.h). Throws
// INVALID_ARGUMENT for other words, MODEL_UNSUPPORTED for types that are not built for this device or model.
std::string ChooseDtype(const std::string& dtype, const Device& device, const ModelDescription& description);

// Whether sessions of this type are opened in bf16: "int8-bf16" is narrowed then (EncoderSession::Narrow).
bool BeginsInBf16(const std::string& dtype);

// One replica a device, in the order of `devices`; `dtype` is one that ChooseDtype gave, `checkpoint` the
// model's, null for an .onnx file. One after another, so that host memory holds the converted weights of one
// replica at a time.
std::vector<Replica> OpenReplicas(const ModelDescription& description, const Checkpoint* checkpoint,
                                  std::span<const Device> devices, const std::string& dtype);

}  // namespace densenode
