// JavaScript class TextList (binding.d.ts): strings cross the boundary once, into one UTF-8 slab.
#pragma once

#include "binding/wrap.h"
#include "common/text_list.h"

namespace densenode::binding {

class TextListBinding : public Napi::ObjectWrap<TextListBinding> {
 public:
  static void Register(Napi::Env env, Napi::Object exports);
  explicit TextListBinding(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<TextListBinding>(info), native_(new TextList) {}

  static std::shared_ptr<const TextList> From(const Napi::Value& value);

 private:
  void Append(const Napi::CallbackInfo& info);
  Napi::Value Size(const Napi::CallbackInfo& info);
  std::shared_ptr<TextList> native_;
};

// One JavaScript string as UTF-8; lone surrogates become U+FFFD.
void AppendString(napi_env env, napi_value text, TextList* list);

}  // namespace densenode::binding
