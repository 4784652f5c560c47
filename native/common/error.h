// The one error type of the native layer. `code` is a stable string that users may match on.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

namespace densenode {

enum class ErrorCode {
  kInvalidArgument,   // the caller's value is wrong: becomes a RangeError in JavaScript
  kFileNotFound,      // FILE_NOT_FOUND
  kFileUnreadable,    // FILE_UNREADABLE: permission, a folder where a file is expected, I/O error
  kFileCorrupt,       // FILE_CORRUPT: cut, bit-flipped, sizes that do not add up
  kFileWriteFailed,   // FILE_WRITE_FAILED
  kModelInvalid,      // MODEL_INVALID: the folder contradicts itself or misses a part
  kModelUnsupported,  // MODEL_UNSUPPORTED: a known part that densenode does not implement (named in the
                      // message)
  kTokenizerInvalid,
  kTokenizerUnsupported,
  kIndexInvalid,      // INDEX_INVALID: a factory string or parameter FAISS refuses
  kIndexUnsupported,  // INDEX_UNSUPPORTED: the index type cannot do what was asked
  kIndexNotTrained,
  kDisposed,  // DISPOSED: the object was disposed while or before the job ran
  kAborted,   // ABORTED: an AbortSignal or the end of the environment
  kOutOfMemory,
  kDeviceUnavailable,
  kEngineFailed,  // ENGINE_FAILED: ONNX Runtime or FAISS reported an error of its own
};

// "FILE_NOT_FOUND" for kFileNotFound, and so on.
const char* ErrorCodeName(ErrorCode code);

class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

// Throws an Error whose message is the parts written one after another.
template <typename... Parts>
[[noreturn]] void Fail(ErrorCode code, const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  throw Error(code, text.str());
}

}  // namespace densenode
