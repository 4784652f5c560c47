// JavaScript class SparseIndex (binding.d.ts).
#pragma once

#include "binding/wrap.h"
#include "index/sparse_index.h"

namespace densenode::binding {

class SparseIndexBinding : public Wrap<SparseIndexBinding, SparseIndex> {
 public:
  static constexpr auto kClass = &Environment::Data::sparse_index;
  static void Register(Napi::Env env, Napi::Object exports);
  using Wrap::Wrap;

 private:
  static Napi::Value Create(const Napi::CallbackInfo& info);
  static Napi::Value Open(const Napi::CallbackInfo& info);
  Napi::Value Add(const Napi::CallbackInfo& info);
  Napi::Value Remove(const Napi::CallbackInfo& info);
  Napi::Value Search(const Napi::CallbackInfo& info);
  Napi::Value Save(const Napi::CallbackInfo& info);
  Napi::Value Count(const Napi::CallbackInfo& info);
  Napi::Value NextId(const Napi::CallbackInfo& info);
  Napi::Value MemoryBytes(const Napi::CallbackInfo& info);
};

}  // namespace densenode::binding
