// Base of the JavaScript classes of models: how they are loaded, and what all of them say of themselves.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "binding/load_options.h"
#include "binding/wrap.h"

namespace densenode::binding {

template <typename Derived, typename T>
class ModelBinding : public Wrap<Derived, T> {
 public:
  using Wrap<Derived, T>::Wrap;

 protected:
  using Members = std::vector<Napi::ClassPropertyDescriptor<Derived>>;

  // Defines the class `name` with `members` and with those that all models have.
  static void RegisterModel(Napi::Env env, Napi::Object exports, const char* name, Members members) {
    const Members all = {
        Derived::StaticMethod("load", &ModelBinding::Load),
        Derived::StaticMethod("attach", &Derived::Attach),
        Derived::InstanceMethod("share", &Derived::Share),
        Derived::InstanceMethod("dispose", &Derived::Dispose),
        Derived::InstanceAccessor("devices", &Derived::Devices, nullptr),
        Derived::InstanceAccessor("dtype", &Derived::Dtype, nullptr),
        Derived::InstanceAccessor("architecture", &Derived::Architecture, nullptr),
        Derived::InstanceAccessor("name", &Derived::Name, nullptr),
        Derived::InstanceAccessor("weightBytes", &Derived::WeightBytes, nullptr),
    };
    members.insert(members.end(), all.begin(), all.end());
    Napi::Function constructor = Derived::DefineClass(env, name, members);
    Environment::DataOf(env).*Derived::kClass = Napi::Persistent(constructor);
    exports.Set(name, constructor);
  }

  template <typename Get>
  Napi::Value Property(const Napi::CallbackInfo& info, Get get) {
    return Guard(info.Env(), [&] { return Napi::Value::From(info.Env(), get(*this->native())); });
  }

  // Of models that have them.
  Napi::Value Dimension(const Napi::CallbackInfo& info) {
    return Property(info, [](auto& model) { return static_cast<double>(model.dimension()); });
  }
  Napi::Value MaxTokens(const Napi::CallbackInfo& info) {
    return Property(info, [](auto& model) { return static_cast<double>(model.max_tokens()); });
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
    return Property(info, [](auto& model) { return model.dtype(); });
  }
  Napi::Value Architecture(const Napi::CallbackInfo& info) {
    return Property(info, [](auto& model) { return model.architecture(); });
  }
  Napi::Value Name(const Napi::CallbackInfo& info) {
    return Property(info, [](auto& model) { return model.name(); });
  }
  Napi::Value WeightBytes(const Napi::CallbackInfo& info) {
    return Property(info, [](auto& model) { return static_cast<double>(model.weight_bytes()); });
  }

 private:
  static Napi::Value Load(const Napi::CallbackInfo& info) {
    return Guard(info.Env(), [&]() -> Napi::Value {
      const std::string path = info[0].As<Napi::String>();
      const auto options = ReadLoadOptions(info[1].As<Napi::Object>());
      auto loaded = std::make_shared<std::shared_ptr<T>>();
      auto job = std::make_shared<Job>(info.Env());
      return job->StartBlocking([=] { *loaded = T::Load(path, options); },
                                [=](Napi::Env env) -> Napi::Value { return Derived::Make(env, *loaded); });
    });
  }
};

}  // namespace densenode::binding
