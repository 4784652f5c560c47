#include "common/error.h"

namespace densenode {

const char* ErrorCodeName(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "INVALID_ARGUMENT";
    case ErrorCode::kFileNotFound:
      return "FILE_NOT_FOUND";
    case ErrorCode::kFileUnreadable:
      return "FILE_UNREADABLE";
    case ErrorCode::kFileCorrupt:
      return "FILE_CORRUPT";
    case ErrorCode::kFileWriteFailed:
      return "FILE_WRITE_FAILED";
    case ErrorCode::kModelInvalid:
      return "MODEL_INVALID";
    case ErrorCode::kModelUnsupported:
      return "MODEL_UNSUPPORTED";
    case ErrorCode::kTokenizerInvalid:
      return "TOKENIZER_INVALID";
    case ErrorCode::kTokenizerUnsupported:
      return "TOKENIZER_UNSUPPORTED";
    case ErrorCode::kIndexInvalid:
      return "INDEX_INVALID";
    case ErrorCode::kIndexUnsupported:
      return "INDEX_UNSUPPORTED";
    case ErrorCode::kIndexNotTrained:
      return "INDEX_NOT_TRAINED";
    case ErrorCode::kDisposed:
      return "DISPOSED";
    case ErrorCode::kAborted:
      return "ABORTED";
    case ErrorCode::kOutOfMemory:
      return "OUT_OF_MEMORY";
    case ErrorCode::kDeviceUnavailable:
      return "DEVICE_UNAVAILABLE";
    case ErrorCode::kEngineFailed:
      return "ENGINE_FAILED";
  }
  return "ENGINE_FAILED";
}

}  // namespace densenode
