// JavaScript class LexicalIndex (binding.d.ts), behind Bm25Index and TfidfIndex.
#pragma once

#include "binding/index_binding.h"
#include "lexical/lexical_index.h"

namespace densenode::binding {

class LexicalIndexBinding : public IndexBinding<LexicalIndexBinding, LexicalIndex> {
 public:
  static constexpr auto kClass = &Environment::Data::lexical_index;
  static void Register(Napi::Env env, Napi::Object exports);
  using IndexBinding::IndexBinding;

 private:
  static Napi::Value Create(const Napi::CallbackInfo& info);
  static Napi::Value Open(const Napi::CallbackInfo& info);
  Napi::Value Add(const Napi::CallbackInfo& info);
  Napi::Value Search(const Napi::CallbackInfo& info);
  Napi::Value Analyze(const Napi::CallbackInfo& info);
  Napi::Value Options(const Napi::CallbackInfo& info);
};

}  // namespace densenode::binding
