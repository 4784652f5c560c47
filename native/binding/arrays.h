// Views of JavaScript typed arrays (byteOffset honoured) and typed arrays made from native results.
#pragma once

#include <napi.h>

#include <cstdint>
#include <span>
#include <vector>

namespace densenode::binding {

// The elements of a typed array, in place. Valid while the array is pinned.
template <typename T>
std::span<T> View(const Napi::Value& value, napi_typedarray_type expected) {
  napi_typedarray_type type;
  std::size_t length;
  void* data;
  if (napi_get_typedarray_info(value.Env(), value, &type, &length, &data, nullptr, nullptr) != napi_ok ||
      type != expected)
    throw Napi::TypeError::New(value.Env(), "densenode: a typed array of another type reached the addon");
  return {static_cast<T*>(data), length};
}

inline std::span<float> Floats(const Napi::Value& value) { return View<float>(value, napi_float32_array); }
inline std::span<std::int32_t> Int32s(const Napi::Value& value) {
  return View<std::int32_t>(value, napi_int32_array);
}
inline std::span<std::int64_t> Int64s(const Napi::Value& value) {
  return View<std::int64_t>(value, napi_bigint64_array);
}

// A typed array over the vector's memory; a copy where it is small or the runtime refuses external memory.
Napi::Value ToInt32Array(Napi::Env env, std::vector<std::int32_t>&& values);
Napi::Value ToFloat32Array(Napi::Env env, std::vector<float>&& values);
Napi::Value ToBigInt64Array(Napi::Env env, std::vector<std::int64_t>&& values);

}  // namespace densenode::binding
