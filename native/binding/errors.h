// C++ exceptions to JavaScript errors: an Error with the stable `code` of common/error.h.
#pragma once

#include <napi.h>

#include <exception>
#include <utility>

namespace densenode::binding {

// The error object for any exception of the native layer; null when the environment cannot make one any more.
napi_value MakeError(napi_env env, std::exception_ptr error);

// Runs the body of a synchronous method and throws what it throws as a JavaScript error.
template <typename Body>
auto Guard(Napi::Env env, Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw Napi::Error(env, MakeError(env, std::current_exception()));
  }
}

}  // namespace densenode::binding
