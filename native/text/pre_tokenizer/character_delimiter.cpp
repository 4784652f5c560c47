#include "text/pre_tokenizer/character_delimiter.h"

#include "text/unicode.h"
#include "text/utf8.h"

namespace densenode {
namespace {

std::function<bool(char32_t)> Has(unicode::Property property) {
  return [property](char32_t c) { return unicode::Has(c, property); };
}

}  // namespace

CharacterDelimiter::Part CharacterDelimiter::CharDelimiterSplit(const JsonField& field, int) {
  return std::make_unique<CharacterDelimiter>(
      [delimiter = field.At("delimiter").Character()](char32_t c) { return c == delimiter; },
      DelimiterBehavior::kRemoved);
}

CharacterDelimiter::Part CharacterDelimiter::Digits(const JsonField& field, int) {
  const bool individual = field.At("individual_digits").Bool();
  return std::make_unique<CharacterDelimiter>(
      Has(unicode::kNumeric), individual ? DelimiterBehavior::kIsolated : DelimiterBehavior::kContiguous);
}

CharacterDelimiter::Part CharacterDelimiter::Punctuation(const JsonField& field, int) {
  const JsonField behavior = field.Get("behavior");
  return std::make_unique<CharacterDelimiter>(
      Has(unicode::kPunctuation),
      behavior.is_null() ? DelimiterBehavior::kIsolated : ParseDelimiterBehavior(behavior));
}

CharacterDelimiter::Part CharacterDelimiter::WhitespaceSplit(const JsonField&, int) {
  return std::make_unique<CharacterDelimiter>(Has(unicode::kWhitespace), DelimiterBehavior::kRemoved);
}

void CharacterDelimiter::Split(std::string_view text, bool, Words* words) const {
  DelimiterCutter cutter(behavior_, words);
  const char* const end = text.data() + text.size();
  const char* start = text.data();  // of what stands between delimiters
  for (const char* p = start; p < end;) {
    const char* const here = p;
    if (!is_delimiter_(DecodeUtf8(&p))) continue;
    if (start < here) cutter.Add({start, here}, false);
    cutter.Add({here, p}, true);
    start = p;
  }
  if (start < end) cutter.Add({start, end}, false);
  cutter.Finish();
}

}  // namespace densenode
