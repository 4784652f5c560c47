#include "binding/cancellation_binding.h"

namespace densenode::binding {

void CancellationBinding::Register(Napi::Env env, Napi::Object exports) {
  Napi::Function constructor =
      DefineClass(env, "Cancellation", {InstanceMethod<&CancellationBinding::Abort>("abort")});
  Environment::DataOf(env).cancellation = Napi::Persistent(constructor);
  exports.Set("Cancellation", constructor);
}

std::shared_ptr<Cancellation> CancellationBinding::From(const Napi::Value& value) {
  if (!value.IsObject()) return std::make_shared<Cancellation>();
  if (!value.As<Napi::Object>().InstanceOf(Environment::DataOf(value.Env()).cancellation.Value()))
    throw Napi::TypeError::New(value.Env(), "densenode: an object of another class reached the addon");
  return Unwrap(value.As<Napi::Object>())->native_;
}

}  // namespace densenode::binding
