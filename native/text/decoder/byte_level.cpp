#include "text/decoder/byte_level.h"

#include "text/byte_characters.h"
#include "text/utf8.h"

namespace densenode {
namespace {

// A token with a character of another alphabet is taken as it is.
void AppendBytes(const std::string& token, std::string* bytes) {
  const std::size_t before = bytes->size();
  const char* const end = token.data() + token.size();
  for (const char* p = token.data(); p < end;) {
    const auto byte = ByteOfCharacter(DecodeUtf8(&p));
    if (!byte) {
      bytes->replace(before, bytes->npos, token);
      return;
    }
    bytes->push_back(*byte);
  }
}

}  // namespace

void ByteLevelDecoder::Decode(std::vector<std::string>* tokens) const {
  std::string bytes;
  for (const std::string& token : *tokens) AppendBytes(token, &bytes);
  tokens->assign(1, ReplaceInvalidUtf8(bytes));
}

}  // namespace densenode
