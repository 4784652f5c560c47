// JavaScript class Reranker (binding.d.ts).
#pragma once

#include "binding/wrap.h"
#include "encoder/reranker.h"

namespace densenode::binding {

class RerankerBinding : public Wrap<RerankerBinding, Reranker> {
 public:
  static constexpr auto kClass = &Environment::Data::reranker;
  static void Register(Napi::Env env, Napi::Object exports);
  using Wrap::Wrap;

 private:
  static Napi::Value Load(const Napi::CallbackInfo& info);
  Napi::Value Predict(const Napi::CallbackInfo& info);
  template <typename Get>
  Napi::Value Property(const Napi::CallbackInfo& info, Get get);
  Napi::Value Labels(const Napi::CallbackInfo& info);
  Napi::Value MaxTokens(const Napi::CallbackInfo& info);
  Napi::Value Activation(const Napi::CallbackInfo& info);
  Napi::Value Devices(const Napi::CallbackInfo& info);
  Napi::Value Dtype(const Napi::CallbackInfo& info);
  Napi::Value Architecture(const Napi::CallbackInfo& info);
  Napi::Value Name(const Napi::CallbackInfo& info);
  Napi::Value WeightBytes(const Napi::CallbackInfo& info);
};

}  // namespace densenode::binding
