// JavaScript class SparseEncoder (binding.d.ts).
#pragma once

#include "binding/wrap.h"
#include "encoder/sparse_encoder.h"

namespace densenode::binding {

class SparseEncoderBinding : public Wrap<SparseEncoderBinding, SparseEncoder> {
 public:
  static constexpr auto kClass = &Environment::Data::sparse_encoder;
  static void Register(Napi::Env env, Napi::Object exports);
  using Wrap::Wrap;

 private:
  static Napi::Value Load(const Napi::CallbackInfo& info);
  Napi::Value Embed(const Napi::CallbackInfo& info);
  Napi::Value Tokens(const Napi::CallbackInfo& info);
  template <typename Get>
  Napi::Value Property(const Napi::CallbackInfo& info, Get get);
  Napi::Value Dimension(const Napi::CallbackInfo& info);
  Napi::Value MaxTokens(const Napi::CallbackInfo& info);
  Napi::Value Devices(const Napi::CallbackInfo& info);
  Napi::Value Dtype(const Napi::CallbackInfo& info);
  Napi::Value Architecture(const Napi::CallbackInfo& info);
  Napi::Value Name(const Napi::CallbackInfo& info);
  Napi::Value WeightBytes(const Napi::CallbackInfo& info);
  Napi::Value Prompts(const Napi::CallbackInfo& info);
  Napi::Value DefaultPrompt(const Napi::CallbackInfo& info);
};

}  // namespace densenode::binding
