// JavaScript class MultiVectorEncoder (binding.d.ts).
#pragma once

#include "binding/wrap.h"
#include "encoder/multi_vector_encoder.h"

namespace densenode::binding {

class MultiVectorEncoderBinding : public Wrap<MultiVectorEncoderBinding, MultiVectorEncoder> {
 public:
  static constexpr auto kClass = &Environment::Data::multi_vector_encoder;
  static void Register(Napi::Env env, Napi::Object exports);
  using Wrap::Wrap;

 private:
  static Napi::Value Load(const Napi::CallbackInfo& info);
  Napi::Value Embed(const Napi::CallbackInfo& info);
  template <typename Get>
  Napi::Value Property(const Napi::CallbackInfo& info, Get get);
  Napi::Value Dimension(const Napi::CallbackInfo& info);
  Napi::Value QueryTokens(const Napi::CallbackInfo& info);
  Napi::Value DocumentTokens(const Napi::CallbackInfo& info);
  Napi::Value Devices(const Napi::CallbackInfo& info);
  Napi::Value Dtype(const Napi::CallbackInfo& info);
  Napi::Value Architecture(const Napi::CallbackInfo& info);
  Napi::Value Name(const Napi::CallbackInfo& info);
  Napi::Value WeightBytes(const Napi::CallbackInfo& info);
};

}  // namespace densenode::binding
