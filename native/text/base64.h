// Base64 with padding (RFC 4648, section 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace densenode {

// The bytes that `text` stands for; nothing where it is not valid.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace densenode
