// Turns what FAISS throws into densenode's errors.
#pragma once

#include <faiss/impl/FaissException.h>

#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include "common/error.h"

namespace densenode {

// The reason in a FaissException, without the function and the source file that FAISS puts before it.
inline std::string FaissReason(const faiss::FaissException& error) {
  std::string text = error.msg;
  for (const char* mark : {".cpp:", ".h:"}) {
    const auto place = text.find(mark);
    if (place == std::string::npos) continue;
    const auto colon = text.find(": ", place + 1);
    if (colon != std::string::npos) text.erase(0, colon + 2);
    break;
  }
  if (text.starts_with("Error: ")) text.erase(0, 7);
  return text;
}

// Runs body(); a FAISS exception becomes `code` with "`what`: reason", a failed allocation OUT_OF_MEMORY.
template <typename Body>
decltype(auto) CallFaiss(ErrorCode code, const std::string& what, Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const faiss::FaissException& error) {
    Fail(code, what, ": ", FaissReason(error));
  } catch (const std::bad_alloc&) {
    Fail(ErrorCode::kOutOfMemory, what, ": not enough memory");
  } catch (const std::length_error&) {
    Fail(ErrorCode::kOutOfMemory, what, ": not enough memory");
  }
}

}  // namespace densenode
