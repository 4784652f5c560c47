#include "text/pre_tokenizer/byte_level.h"

#include <cstring>

#include "text/byte_characters.h"

namespace densenode {
namespace {

constexpr std::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

void AppendWord(std::string_view word, Words* words) {
  const std::size_t size = ByteCharactersSize(word);
  char* const begin = words->Allocate(size);
  WriteByteCharacters(word, begin);
  words->list.emplace_back(begin, size);
}

}  // namespace

ByteLevelPreTokenizer::ByteLevelPreTokenizer(const JsonField& field)
    : add_prefix_space_(field.At("add_prefix_space").Bool()),
      use_regex_(field.Get("use_regex").is_null() || field.Get("use_regex").Bool()),
      pattern_(kGpt2Pattern, field) {}

void ByteLevelPreTokenizer::Split(std::string_view text, bool, Words* words) const {
  if (add_prefix_space_ && !text.starts_with(' ')) {
    char* const copy = words->Allocate(text.size() + 1);
    *copy = ' ';
    std::memcpy(copy + 1, text.data(), text.size());
    text = {copy, text.size() + 1};
  }
  if (!use_regex_) return AppendWord(text, words);
  thread_local std::vector<Regex::Match> matches;
  pattern_.FindAll(text, &matches);  // they cover the text
  for (const auto& [begin, end] : matches) AppendWord(text.substr(begin, end - begin), words);
}

}  // namespace densenode
