// JavaScript class SparseEncoder (binding.d.ts).
#pragma once

#include "binding/model_binding.h"
#include "encoder/sparse_encoder.h"

namespace densenode::binding {

class SparseEncoderBinding : public ModelBinding<SparseEncoderBinding, SparseEncoder> {
 public:
  static constexpr auto kClass = &Environment::Data::sparse_encoder;
  static void Register(Napi::Env env, Napi::Object exports);
  using ModelBinding::ModelBinding;

 private:
  Napi::Value Embed(const Napi::CallbackInfo& info);
  Napi::Value Tokens(const Napi::CallbackInfo& info);
};

}  // namespace densenode::binding
