#include "text/byte_characters.h"

#include <array>
#include <cstdint>

namespace densenode {
namespace {

constexpr bool IsPrintable(int byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || (byte >= 0xAE && byte <= 0xFF);
}

constexpr int kCharacters = 0x100 + 256 - 188;  // 188 bytes are printable

struct ByteCharacter {
  std::uint8_t size;  // 1 or 2
  char utf8[2];
};

struct Tables {
  std::array<ByteCharacter, 256> characters{};
  std::array<std::int16_t, kCharacters> bytes{};  // -1: not of the alphabet
};

constexpr Tables MakeTables() {
  Tables tables;
  tables.bytes.fill(-1);
  int other = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const int c = IsPrintable(byte) ? byte : other++;
    tables.bytes[c] = static_cast<std::int16_t>(byte);
    tables.characters[byte] =
        c < 0x80 ? ByteCharacter{1, {static_cast<char>(c), 0}}
                 : ByteCharacter{2, {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))}};
  }
  return tables;
}

constexpr Tables kTables = MakeTables();

}  // namespace

std::size_t ByteCharactersSize(std::string_view text) {
  std::size_t size = 0;
  for (char byte : text) size += kTables.characters[static_cast<unsigned char>(byte)].size;
  return size;
}

char* WriteByteCharacters(std::string_view text, char* out) {
  for (char byte : text) {
    const ByteCharacter& c = kTables.characters[static_cast<unsigned char>(byte)];
    *out++ = c.utf8[0];
    if (c.size == 2) *out++ = c.utf8[1];
  }
  return out;
}

std::optional<char> ByteOfCharacter(char32_t c) {
  if (c >= kCharacters || kTables.bytes[c] < 0) return std::nullopt;
  return static_cast<char>(kTables.bytes[c]);
}

}  // namespace densenode
