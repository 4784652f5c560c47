// JavaScript functions retrieve and addTexts (binding.d.ts).
#pragma once

#include <napi.h>

namespace densenode::binding {

void RegisterRetriever(Napi::Env env, Napi::Object exports);

}  // namespace densenode::binding
