// JavaScript function chooseDiverse (binding.d.ts).
#pragma once

#include <napi.h>

namespace densenode::binding {

void RegisterMmr(Napi::Env env, Napi::Object exports);

}  // namespace densenode::binding
