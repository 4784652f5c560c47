// Base of the JavaScript classes that hold a reference-counted native object.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "binding/environment.h"
#include "binding/errors.h"
#include "binding/job.h"
#include "binding/shared_handle.h"
#include "common/error.h"
#include "common/executor.h"

namespace densenode::binding {

template <typename Derived, typename T>
class Wrap : public Napi::ObjectWrap<Derived> {
 public:
  // Constructed by native code only, with an External that points to the shared_ptr.
  explicit Wrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Derived>(info) {
    if (info.Length() != 1 || !info[0].IsExternal())
      throw Napi::TypeError::New(info.Env(), "densenode: this class is not constructed directly");
    native_ = *info[0].As<Napi::External<std::shared_ptr<T>>>().Data();
  }

  static Napi::Object Make(Napi::Env env, std::shared_ptr<T> native) {
    return (Environment::DataOf(env).*Derived::kClass)
        .New({Napi::External<std::shared_ptr<T>>::New(env, &native)});
  }

  // A promise of the object that make() gives on a pool thread.
  template <typename MakeNative>
  static Napi::Value MakeOnPool(Napi::Env env, MakeNative make) {
    auto made = std::make_shared<std::shared_ptr<T>>();
    auto job = std::make_shared<Job>(env);
    return job->StartBlocking([=] { *made = make(); },
                              [=](Napi::Env then) -> Napi::Value { return Make(then, *made); });
  }

  // The native object of a JavaScript value that must be an instance of this class.
  static std::shared_ptr<T> From(const Napi::Value& value) {
    Napi::Env env = value.Env();
    if (!value.IsObject() ||
        !value.As<Napi::Object>().InstanceOf((Environment::DataOf(env).*Derived::kClass).Value()))
      throw Napi::TypeError::New(env, "densenode: an object of another class reached the addon");
    return Derived::Unwrap(value.As<Napi::Object>())->native();
  }

  const std::shared_ptr<T>& native() const {
    if (!native_) Fail(ErrorCode::kDisposed, "the object has been disposed");
    return native_;
  }

  static Napi::Value Attach(const Napi::CallbackInfo& info) {
    return Guard(info.Env(), [&]() -> Napi::Value {
      bool lossless;
      const auto id = info[0].As<Napi::BigInt>().Uint64Value(&lossless);
      return Make(info.Env(), SharedHandles<T>::Get().Attach(id));
    });
  }

  Napi::Value Share(const Napi::CallbackInfo& info) {
    return Guard(info.Env(), [&]() -> Napi::Value {
      return Napi::BigInt::New(info.Env(), SharedHandles<T>::Get().Share(native()));
    });
  }

  // Freeing a model or a large index takes milliseconds: on a pool thread, also when the garbage collector
  // does it.
  Napi::Value Dispose(const Napi::CallbackInfo& info) {
    auto job = std::make_shared<Job>(info.Env());
    return job->StartBlocking(Release(), Undefined);
  }

  ~Wrap() override {
    if (native_) Executor::Get().Submit(Release());
  }

 protected:
  using Members = std::vector<Napi::ClassPropertyDescriptor<Derived>>;

  // Defines the class `name` with `members` and with what all classes have whose objects are shared by
  // threads.
  static void RegisterClass(Napi::Env env, Napi::Object exports, const char* name, Members members) {
    members.push_back(Derived::StaticMethod("attach", &Derived::Attach));
    members.push_back(Derived::InstanceMethod("share", &Derived::Share));
    members.push_back(Derived::InstanceMethod("dispose", &Derived::Dispose));
    Napi::Function constructor = Derived::DefineClass(env, name, members);
    Environment::DataOf(env).*Derived::kClass = Napi::Persistent(constructor);
    exports.Set(name, constructor);
  }

  template <typename Get>
  Napi::Value Property(const Napi::CallbackInfo& info, Get get) {
    return Guard(info.Env(), [&] { return Napi::Value::From(info.Env(), get(*native())); });
  }

 private:
  std::function<void()> Release() {
    return [native = std::move(native_)]() mutable { native.reset(); };
  }

  std::shared_ptr<T> native_;
};

}  // namespace densenode::binding
