#pragma once

#include <array>
#include <string_view>

namespace densenode::fuzz {

// Pieces that make JSON into other JSON.
inline constexpr std::array<std::string_view, 18> kJsonWords{
    "null", "-1", "1e400", "{}", "[]",         "\"\"",    "true", "0",    "\"A\"",
    "[",    "]",  "}",     ",",  "4294967296", "\\ud800", "\xff", "type", "99999999999999999999"};

}  // namespace densenode::fuzz
