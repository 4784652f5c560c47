// JavaScript class Reranker (binding.d.ts).
#pragma once

#include "binding/model_binding.h"
#include "encoder/reranker.h"

namespace densenode::binding {

class RerankerBinding : public ModelBinding<RerankerBinding, Reranker> {
 public:
  static constexpr auto kClass = &Environment::Data::reranker;
  static void Register(Napi::Env env, Napi::Object exports);
  using ModelBinding::ModelBinding;

 private:
  Napi::Value Predict(const Napi::CallbackInfo& info);
  Napi::Value Labels(const Napi::CallbackInfo& info);
  Napi::Value Activation(const Napi::CallbackInfo& info);
};

}  // namespace densenode::binding
