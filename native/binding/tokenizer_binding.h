// JavaScript class Tokenizer (binding.d.ts).
#pragma once

#include "binding/wrap.h"
#include "text/tokenizer.h"

namespace densenode::binding {

class TokenizerBinding : public Wrap<TokenizerBinding, const Tokenizer> {
 public:
  static constexpr auto kClass = &Environment::Data::tokenizer;
  static void Register(Napi::Env env, Napi::Object exports);
  using Wrap::Wrap;

 private:
  static Napi::Value Load(const Napi::CallbackInfo& info);
  Napi::Value Encode(const Napi::CallbackInfo& info);
  Napi::Value EncodeBatch(const Napi::CallbackInfo& info);
  Napi::Value Decode(const Napi::CallbackInfo& info);
  Napi::Value VocabSize(const Napi::CallbackInfo& info);
};

}  // namespace densenode::binding
