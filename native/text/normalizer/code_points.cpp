#include "text/normalizer/code_points.h"

#include <algorithm>
#include <utility>

#include "text/unicode.h"
#include "text/utf8.h"

namespace densenode {
namespace {

CodePoints::Part FromForm(unicode::Form form) {
  return std::make_unique<CodePoints>(
      [form](std::u32string text) { return CodePoints::Result{unicode::Normalize(text, form)}; }, true);
}

// Without the characters that `removed` names.
template <typename Predicate>
CodePoints::Result Filter(std::u32string text, Predicate removed) {
  const auto kept = std::find_if_not(text.begin(), text.end(), removed);
  const auto removed_at_start = static_cast<std::size_t>(kept - text.begin());
  std::erase_if(text, removed);
  return {std::move(text), removed_at_start};
}

CodePoints::Result StripSpaces(std::u32string text, bool left, bool right) {
  std::size_t begin = 0, end = text.size();
  while (left && begin < end && unicode::Has(text[begin], unicode::kWhitespace)) ++begin;
  while (right && begin < end && unicode::Has(text[end - 1], unicode::kWhitespace)) --end;
  return {text.substr(begin, end - begin), begin};
}

// The rules of the neural machine translation normalizer of SentencePiece.
bool NmtRemoves(char32_t c) {
  return (c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F || c == 0x8F ||
         c == 0x9F;
}
bool NmtMakesSpace(char32_t c) {
  return c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 || (c >= 0x200B && c <= 0x200F) ||
         c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
}

}  // namespace

CodePoints::Part CodePoints::Nfc(const JsonField&, int) { return FromForm(unicode::Form::kNfc); }
CodePoints::Part CodePoints::Nfd(const JsonField&, int) { return FromForm(unicode::Form::kNfd); }
CodePoints::Part CodePoints::Nfkc(const JsonField&, int) { return FromForm(unicode::Form::kNfkc); }
CodePoints::Part CodePoints::Nfkd(const JsonField&, int) { return FromForm(unicode::Form::kNfkd); }

CodePoints::Part CodePoints::Lowercase(const JsonField&, int) {
  return std::make_unique<CodePoints>([](std::u32string text) {
    std::u32string out;
    out.reserve(text.size());
    for (char32_t c : text) unicode::AppendLowercase(c, &out);
    return Result{std::move(out)};
  });
}

CodePoints::Part CodePoints::StripAccents(const JsonField&, int) {
  const auto is_mark = [](char32_t c) { return unicode::Has(c, unicode::kCombiningMark); };
  return std::make_unique<CodePoints>(
      [is_mark](std::u32string text) { return Filter(std::move(text), is_mark); }, true);
}

CodePoints::Part CodePoints::Strip(const JsonField& field, int) {
  return std::make_unique<CodePoints>(
      [left = field.At("strip_left").Bool(), right = field.At("strip_right").Bool()](std::u32string text) {
        return StripSpaces(std::move(text), left, right);
      });
}

CodePoints::Part CodePoints::Nmt(const JsonField&, int) {
  return std::make_unique<CodePoints>([](std::u32string text) {
    Result result = Filter(std::move(text), NmtRemoves);
    std::replace_if(result.text.begin(), result.text.end(), NmtMakesSpace, U' ');
    return result;
  });
}

bool CodePoints::Normalize(std::string_view text, std::string* out) const {
  if (keeps_ascii_ && FindNonAscii(text.data(), text.data() + text.size()) == text.data() + text.size()) {
    out->assign(text);
    return true;
  }
  const Result result = function_(ToUtf32(text));
  out->clear();
  for (char32_t c : result.text) AppendUtf8(c, out);
  return result.removed_at_start == 0;
}

}  // namespace densenode
