// JavaScript functions info and stop (binding.d.ts).
#pragma once

#include <napi.h>

namespace densenode::binding {

void RegisterInfo(Napi::Env env, Napi::Object exports);

}  // namespace densenode::binding
