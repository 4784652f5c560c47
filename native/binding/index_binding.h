// Base of the JavaScript classes of indexes: what all of them do and say alike.
#pragma once

#include <string>
#include <utility>

#include "binding/job.h"
#include "binding/wrap.h"

namespace densenode::binding {

template <typename Derived, typename T>
class IndexBinding : public Wrap<Derived, T> {
 public:
  using Wrap<Derived, T>::Wrap;

 protected:
  // Defines the class `name` with `members` and with those that all indexes have.
  static void RegisterIndex(Napi::Env env, Napi::Object exports, const char* name,
                            typename Wrap<Derived, T>::Members members) {
    members.insert(members.end(), {Derived::InstanceMethod("remove", &Derived::Remove),
                                   Derived::InstanceMethod("save", &Derived::Save),
                                   Derived::InstanceAccessor("count", &Derived::Count, nullptr),
                                   Derived::InstanceAccessor("nextId", &Derived::NextId, nullptr),
                                   Derived::InstanceAccessor("memoryBytes", &Derived::MemoryBytes, nullptr)});
    Wrap<Derived, T>::RegisterClass(env, exports, name, std::move(members));
  }

  Napi::Value Remove(const Napi::CallbackInfo& info) {
    return Guard(info.Env(), [&]() -> Napi::Value {
      auto job = std::make_shared<Job>(info.Env());
      auto removed = std::make_shared<std::size_t>(0);
      auto work = [=, index = this->native(), ids = job->PinInt64s(info[0])] {
        *removed = index->Remove(ids);
      };
      return job->StartChange({this->native()->changes()}, false, work, NumberOf(removed));
    });
  }

  // Of indexes that let changes go on meanwhile.
  Napi::Value Save(const Napi::CallbackInfo& info) {
    return Guard(info.Env(), [&]() -> Napi::Value {
      auto job = std::make_shared<Job>(info.Env());
      auto work = [index = this->native(), path = info[0].As<Napi::String>().Utf8Value()] {
        index->Save(path);
      };
      return job->StartBlocking(work, Undefined);
    });
  }

  Napi::Value Count(const Napi::CallbackInfo& info) {
    return this->Property(info, [](auto& index) { return static_cast<double>(index.count()); });
  }
  Napi::Value NextId(const Napi::CallbackInfo& info) {
    return Guard(info.Env(),
                 [&]() -> Napi::Value { return Napi::BigInt::New(info.Env(), this->native()->next_id()); });
  }
  Napi::Value MemoryBytes(const Napi::CallbackInfo& info) {
    return this->Property(info, [](auto& index) { return static_cast<double>(index.memory_bytes()); });
  }
};

}  // namespace densenode::binding
