// JavaScript class LinearAdapter (binding.d.ts).
#pragma once

#include "binding/wrap.h"
#include "encoder/linear_adapter.h"

namespace densenode::binding {

class LinearAdapterBinding : public Wrap<LinearAdapterBinding, LinearAdapter> {
 public:
  static constexpr auto kClass = &Environment::Data::linear_adapter;
  static void Register(Napi::Env env, Napi::Object exports);
  using Wrap::Wrap;

  // The adapter of an option or argument; undefined and null are none.
  static std::shared_ptr<const LinearAdapter> Option(const Napi::Value& value) {
    return value.IsObject() ? From(value) : nullptr;
  }

 private:
  static Napi::Value Train(const Napi::CallbackInfo& info);
  static Napi::Value Load(const Napi::CallbackInfo& info);
  Napi::Value Apply(const Napi::CallbackInfo& info);
  Napi::Value Save(const Napi::CallbackInfo& info);
  Napi::Value Dimension(const Napi::CallbackInfo& info);
  Napi::Value Model(const Napi::CallbackInfo& info);
  Napi::Value Weight(const Napi::CallbackInfo& info);
  Napi::Value Bias(const Napi::CallbackInfo& info);
};

}  // namespace densenode::binding
