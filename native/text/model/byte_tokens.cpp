#include "text/model/byte_tokens.h"

namespace densenode {

ByteTokens::ByteTokens(const Vocabulary& vocabulary) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (std::size_t byte = 0; byte < ids_.size(); ++byte) {
    const char token[] = {'<', '0', 'x', kDigits[byte / 16], kDigits[byte % 16], '>'};
    ids_[byte] = vocabulary.trie().Find({token, sizeof(token)});
  }
}

bool ByteTokens::Append(std::string_view text, std::vector<std::int32_t>* ids) const {
  const std::size_t before = ids->size();
  for (char byte : text) {
    const std::int32_t id = ids_[static_cast<unsigned char>(byte)];
    if (id < 0) {
      ids->resize(before);
      return false;
    }
    ids->push_back(id);
  }
  return true;
}

}  // namespace densenode
