// JavaScript class Cancellation (binding.d.ts).
#pragma once

#include "binding/wrap.h"
#include "common/cancellation.h"

namespace densenode::binding {

class CancellationBinding : public Napi::ObjectWrap<CancellationBinding> {
 public:
  static void Register(Napi::Env env, Napi::Object exports);
  explicit CancellationBinding(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<CancellationBinding>(info), native_(new Cancellation) {}

  // A fresh one for null, so that an ending environment can stop every job.
  static std::shared_ptr<Cancellation> From(const Napi::Value& value);

 private:
  void Abort(const Napi::CallbackInfo&) { native_->Request(); }
  std::shared_ptr<Cancellation> native_;
};

}  // namespace densenode::binding
