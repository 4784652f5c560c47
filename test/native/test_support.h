// What the tests of every folder share.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "common/error.h"
#include "temporary_folder.h"

namespace densenode::test {

// "CODE: message" of the Error that `call` throws.
template <typename Call>
std::string ErrorOf(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return std::string(ErrorCodeName(error.code())) + ": " + error.what();
  }
  return "nothing was thrown";
}

inline std::string CodeName(ErrorCode code) { return ErrorCodeName(code); }
inline std::string CodeName(const char* name) { return name; }

// `code` is an ErrorCode or its name, `part` stands in the message.
#define EXPECT_ERROR(statement, code, part)                                                               \
  do {                                                                                                    \
    const std::string error_ = ::densenode::test::ErrorOf([&] { statement; });                            \
    EXPECT_EQ(error_.substr(0, error_.find(':')), ::densenode::test::CodeName(code)) << error_;           \
    EXPECT_NE(error_.find(part, std::min(error_.find(':'), error_.size())), std::string::npos) << error_; \
  } while (false)

}  // namespace densenode::test
