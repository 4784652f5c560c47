#include "binding/text_list_binding.h"

namespace densenode::binding {

void TextListBinding::Register(Napi::Env env, Napi::Object exports) {
  Napi::Function constructor = DefineClass(
      env, "TextList",
      {InstanceMethod<&TextListBinding::Append>("append"), InstanceAccessor<&TextListBinding::Size>("size")});
  Environment::DataOf(env).text_list = Napi::Persistent(constructor);
  exports.Set("TextList", constructor);
}

std::shared_ptr<const TextList> TextListBinding::From(const Napi::Value& value) {
  if (!value.IsObject() ||
      !value.As<Napi::Object>().InstanceOf(Environment::DataOf(value.Env()).text_list.Value()))
    throw Napi::TypeError::New(value.Env(), "densenode: an object of another class reached the addon");
  return Unwrap(value.As<Napi::Object>())->native_;
}

void AppendString(napi_env env, napi_value text, TextList* list) {
  // The length in UTF-16 units is free to ask for, the length in UTF-8 costs a pass: short texts take the
  // bound.
  constexpr std::size_t kShort = 4096;
  std::size_t units = 0;
  if (napi_get_value_string_latin1(env, text, nullptr, 0, &units) != napi_ok)
    throw Napi::TypeError::New(env, "densenode: a text that is not a string reached the addon");
  std::size_t bytes = units * 3;
  if (units > kShort) napi_get_value_string_utf8(env, text, nullptr, 0, &bytes);
  std::size_t written = 0;
  char* to = list->Reserve(bytes + 1);  // Node-API ends what it writes with a zero byte
  napi_get_value_string_utf8(env, text, to, bytes + 1, &written);
  list->Finish(written);
}

void TextListBinding::Append(const Napi::CallbackInfo& info) {
  Guard(info.Env(), [&] {
    const auto begin = info[1].As<Napi::Number>().Uint32Value();
    const auto end = info[2].As<Napi::Number>().Uint32Value();
    for (std::uint32_t i = begin; i < end; ++i) {
      Napi::HandleScope scope(info.Env());
      napi_value text;
      if (napi_get_element(info.Env(), info[0], i, &text) != napi_ok) throw Napi::Error::New(info.Env());
      AppendString(info.Env(), text, native_.get());
    }
  });
}

Napi::Value TextListBinding::Size(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(native_->size()));
}

}  // namespace densenode::binding
