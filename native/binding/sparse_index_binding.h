// JavaScript class SparseIndex (binding.d.ts).
#pragma once

#include "binding/index_binding.h"
#include "index/sparse_index.h"

namespace densenode::binding {

class SparseIndexBinding : public IndexBinding<SparseIndexBinding, SparseIndex> {
 public:
  static constexpr auto kClass = &Environment::Data::sparse_index;
  static void Register(Napi::Env env, Napi::Object exports);
  using IndexBinding::IndexBinding;

 private:
  static Napi::Value Create(const Napi::CallbackInfo& info);
  static Napi::Value Open(const Napi::CallbackInfo& info);
  Napi::Value Add(const Napi::CallbackInfo& info);
  Napi::Value Search(const Napi::CallbackInfo& info);
};

}  // namespace densenode::binding
