// JavaScript functions quantize, rescore and maxSim (binding.d.ts).
#pragma once

#include <napi.h>

#include <span>

namespace densenode::binding {

void RegisterScoring(Napi::Env env, Napi::Object exports);

// The bytes of an Int8Array or a Uint8Array, in place. Valid while the array is pinned.
std::span<std::uint8_t> Codes(const Napi::Value& value);

}  // namespace densenode::binding
