// JavaScript class EmbeddingModel (binding.d.ts).
#pragma once

#include "binding/model_binding.h"
#include "encoder/embedding_model.h"

namespace densenode::binding {

class EmbeddingModelBinding : public ModelBinding<EmbeddingModelBinding, EmbeddingModel> {
 public:
  static constexpr auto kClass = &Environment::Data::embedding_model;
  static void Register(Napi::Env env, Napi::Object exports);
  using ModelBinding::ModelBinding;

 private:
  Napi::Value Embed(const Napi::CallbackInfo& info);
  Napi::Value EmbedSync(const Napi::CallbackInfo& info);
  Napi::Value Pooling(const Napi::CallbackInfo& info);
  Napi::Value Normalize(const Napi::CallbackInfo& info);
  Napi::Value Tasks(const Napi::CallbackInfo& info);
  Napi::Value NeedsTask(const Napi::CallbackInfo& info);
  Napi::Value Similarity(const Napi::CallbackInfo& info);
};

}  // namespace densenode::binding
