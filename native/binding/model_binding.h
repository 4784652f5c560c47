// Base of the JavaScript classes of models: how they are loaded, and what all of them say of themselves.
#pragma once

#include <string>
#include <utility>

#include "binding/load_options.h"
#include "binding/wrap.h"

namespace densenode::binding {

template <typename Derived, typename T>
class ModelBinding : public Wrap<Derived, T> {
 public:
  using Wrap<Derived, T>::Wrap;

 protected:
  // Defines the class `name` with `members` and with those that all models have.
  static void RegisterModel(Napi::Env env, Napi::Object exports, const char* name,
                            typename Wrap<Derived, T>::Members members) {
    members.insert(members.end(), {Derived::StaticMethod("load", &ModelBinding::Load),
                                   Derived::InstanceAccessor("devices", &Derived::Devices, nullptr),
                                   Derived::InstanceAccessor("dtype", &Derived::Dtype, nullptr),
                                   Derived::InstanceAccessor("architecture", &Derived::Architecture, nullptr),
                                   Derived::InstanceAccessor("name", &Derived::Name, nullptr),
                                   Derived::InstanceAccessor("weightBytes", &Derived::WeightBytes, nullptr)});
    Wrap<Derived, T>::RegisterClass(env, exports, name, std::move(members));
  }

  // Of models that have them.
  Napi::Value Dimension(const Napi::CallbackInfo& info) {
    return this->Property(info, [](auto& model) { return static_cast<double>(model.dimension()); });
  }
  Napi::Value MaxTokens(const Napi::CallbackInfo& info) {
    return this->Property(info, [](auto& model) { return static_cast<double>(model.max_tokens()); });
  }
  Napi::Value Prompts(const Napi::CallbackInfo& info) {
    return Guard(info.Env(),
                 [&]() -> Napi::Value { return PromptMap(info.Env(), this->native()->prompts()); });
  }
  Napi::Value DefaultPrompt(const Napi::CallbackInfo& info) {
    return Guard(info.Env(), [&]() -> Napi::Value {
      const auto& name = this->native()->default_prompt();
      return name ? Napi::String::New(info.Env(), *name) : info.Env().Null();
    });
  }

  // Of all models.
  Napi::Value Devices(const Napi::CallbackInfo& info) {
    return Guard(info.Env(),
                 [&]() -> Napi::Value { return DeviceNames(info.Env(), this->native()->devices()); });
  }
  Napi::Value Dtype(const Napi::CallbackInfo& info) {
    return this->Property(info, [](auto& model) { return model.dtype(); });
  }
  Napi::Value Architecture(const Napi::CallbackInfo& info) {
    return this->Property(info, [](auto& model) { return model.architecture(); });
  }
  Napi::Value Name(const Napi::CallbackInfo& info) {
    return this->Property(info, [](auto& model) { return model.name(); });
  }
  Napi::Value WeightBytes(const Napi::CallbackInfo& info) {
    return this->Property(info, [](auto& model) { return static_cast<double>(model.weight_bytes()); });
  }

 private:
  static Napi::Value Load(const Napi::CallbackInfo& info) {
    return Guard(info.Env(), [&]() -> Napi::Value {
      const std::string path = info[0].As<Napi::String>();
      const auto options = ReadLoadOptions(info[1].As<Napi::Object>());
      return Derived::MakeOnPool(info.Env(), [=] { return T::Load(path, options); });
    });
  }
};

}  // namespace densenode::binding
