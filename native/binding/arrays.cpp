#include "binding/arrays.h"

#include <cstring>

namespace densenode::binding {
namespace {

// Below this a copy is cheaper than an external buffer with its finalizer.
constexpr std::size_t kSmallBytes = 64 * 1024;

}  // namespace

Napi::Value ToInt32Array(Napi::Env env, std::vector<std::int32_t>&& values) {
  const std::size_t length = values.size();
  const std::size_t bytes = length * sizeof(std::int32_t);
  napi_value buffer = nullptr;
  if (bytes >= kSmallBytes) {
    auto* owned = new std::vector<std::int32_t>(std::move(values));
    auto release = [](napi_env, void*, void* hint) { delete static_cast<std::vector<std::int32_t>*>(hint); };
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
  return Napi::Int32Array::New(env, length, Napi::ArrayBuffer(env, buffer), 0);
}

}  // namespace densenode::binding
