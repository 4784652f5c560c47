// The alphabet of byte-level models: each byte is written as one visible character (the table of GPT-2's
// encoder). Printable bytes stand for themselves, the others follow from U+0100.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace densenode {

// Bytes of `text` written with these characters.
std::size_t ByteCharactersSize(std::string_view text);

// Writes them; returns the end.
char* WriteByteCharacters(std::string_view text, char* out);

// The byte that a character stands for.
std::optional<char> ByteOfCharacter(char32_t c);

}  // namespace densenode
