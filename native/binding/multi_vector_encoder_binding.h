// JavaScript class MultiVectorEncoder (binding.d.ts).
#pragma once

#include "binding/model_binding.h"
#include "encoder/multi_vector_encoder.h"

namespace densenode::binding {

class MultiVectorEncoderBinding : public ModelBinding<MultiVectorEncoderBinding, MultiVectorEncoder> {
 public:
  static constexpr auto kClass = &Environment::Data::multi_vector_encoder;
  static void Register(Napi::Env env, Napi::Object exports);
  using ModelBinding::ModelBinding;

 private:
  Napi::Value Embed(const Napi::CallbackInfo& info);
  Napi::Value QueryTokens(const Napi::CallbackInfo& info);
  Napi::Value DocumentTokens(const Napi::CallbackInfo& info);
};

}  // namespace densenode::binding
