#include "binding/errors.h"

#include <new>
#include <string>

#include "common/error.h"

namespace densenode::binding {
namespace {

napi_value ErrorWithCode(napi_env env, ErrorCode code, const std::string& message) {
  napi_value name, text, error;
  if (napi_create_string_utf8(env, ErrorCodeName(code), NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_string_utf8(env, message.data(), message.size(), &text) != napi_ok ||
      napi_create_error(env, name, text, &error) != napi_ok)
    return nullptr;
  return error;
}

}  // namespace

napi_value MakeError(napi_env env, std::exception_ptr error) {
  try {
    std::rethrow_exception(error);
  } catch (const Napi::Error& e) {
    return e.Value();
  } catch (const Error& e) {
    return ErrorWithCode(env, e.code(), e.what());
  } catch (const std::bad_alloc&) {
    return ErrorWithCode(env, ErrorCode::kOutOfMemory, "not enough memory for this operation");
  } catch (const std::exception& e) {
    return ErrorWithCode(env, ErrorCode::kEngineFailed, e.what());
  } catch (...) {
    return ErrorWithCode(env, ErrorCode::kEngineFailed, "unknown native failure");
  }
}

}  // namespace densenode::binding
