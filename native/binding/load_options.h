// What all models have in common at the boundary: the options that they are loaded with, and some properties.
#pragma once

#include <napi.h>

#include <map>
#include <string>
#include <vector>

#include "encoder/embedding_model.h"

namespace densenode::binding {

// EmbeddingModelOptions of binding.d.ts.
EmbeddingModel::LoadOptions ReadLoadOptions(const Napi::Object& from);

Napi::Array DeviceNames(Napi::Env env, const std::vector<Device>& devices);
Napi::Object PromptMap(Napi::Env env, const std::map<std::string, std::string>& prompts);

}  // namespace densenode::binding
