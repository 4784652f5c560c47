#include "text/decoder/byte_fallback.h"

#include <charconv>
#include <optional>
#include <utility>

#include "text/utf8.h"

namespace densenode {
namespace {

std::optional<char> NamedByte(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || !token.ends_with('>')) return std::nullopt;
  token = token.substr(token[3] == '+' ? 4 : 3);  // the official library's parser takes a sign
  unsigned char byte = 0;
  const char* const end = token.data() + token.size() - 1;
  const auto [stop, error] = std::from_chars(token.data(), end, byte, 16);
  return error == std::errc() && stop == end ? std::optional(static_cast<char>(byte)) : std::nullopt;
}

void Flush(std::string* bytes, std::vector<std::string>* out) {
  if (bytes->empty()) return;
  if (IsValidUtf8(*bytes)) {
    out->push_back(*bytes);
  } else {
    out->insert(out->end(), bytes->size(), "\xEF\xBF\xBD");
  }
  bytes->clear();
}

}  // namespace

void ByteFallbackDecoder::Decode(std::vector<std::string>* tokens) const {
  std::vector<std::string> out;
  std::string bytes;
  for (std::string& token : *tokens) {
    if (const auto byte = NamedByte(token)) {
      bytes.push_back(*byte);
    } else {
      Flush(&bytes, &out);
      out.push_back(std::move(token));
    }
  }
  Flush(&bytes, &out);
  *tokens = std::move(out);
}

}  // namespace densenode
