#include "binding/arrays.h"

#include <cstring>

namespace densenode::binding {
namespace {

// Below this a copy is cheaper than an external buffer with its finalizer.
constexpr std::size_t kSmallBytes = 64 * 1024;

template <typename T>
Napi::Value ToTypedArray(Napi::Env env, std::vector<T>&& values, napi_typedarray_type type) {
  const std::size_t length = values.size();
  const std::size_t bytes = length * sizeof(T);
  napi_value buffer = nullptr;
  if (bytes >= kSmallBytes) {
    auto* owned = new std::vector<T>(std::move(values));
    auto release = [](napi_env, void*, void* hint) { delete static_cast<std::vector<T>*>(hint); };
    if (napi_create_external_arraybuffer(env, owned->data(), bytes, release, owned, &buffer) != napi_ok) {
      values = std::move(*owned);
      delete owned;
      buffer = nullptr;
    }
  }
  if (!buffer) {
    auto copy = Napi::ArrayBuffer::New(env, bytes);
    if (bytes) std::memcpy(copy.Data(), values.data(), bytes);
    buffer = copy;
  }
  return Napi::TypedArrayOf<T>::New(env, length, Napi::ArrayBuffer(env, buffer), 0, type);
}

}  // namespace

Napi::Value ToInt32Array(Napi::Env env, std::vector<std::int32_t>&& values) {
  return ToTypedArray(env, std::move(values), napi_int32_array);
}
Napi::Value ToFloat32Array(Napi::Env env, std::vector<float>&& values) {
  return ToTypedArray(env, std::move(values), napi_float32_array);
}
Napi::Value ToBigInt64Array(Napi::Env env, std::vector<std::int64_t>&& values) {
  return ToTypedArray(env, std::move(values), napi_bigint64_array);
}

}  // namespace densenode::binding
