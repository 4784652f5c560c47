#include "text/normalizer/bert_normalizer.h"

#include <algorithm>
#include <bit>

#include "text/ascii_block.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace densenode {
namespace {

// Buffers of one thread; given back to the system after an unusually long span.
struct Scratch {
  std::u32string characters, decomposed, lowered;
  void Trim() {
    constexpr std::size_t kKeep = 1 << 16;
    if (characters.capacity() > kKeep) *this = Scratch();
  }
};
thread_local Scratch scratch;

}  // namespace

BertNormalizer::BertNormalizer(const JsonField& field)
    : clean_text_(field.At("clean_text").Bool()),
      space_cjk_(field.At("handle_chinese_chars").Bool()),
      lowercase_(field.At("lowercase").Bool()) {
  const JsonField strip_accents = field.Get("strip_accents");  // null: as lowercase says
  strip_accents_ = strip_accents.is_null() ? lowercase_ : strip_accents.Bool();
  for (unsigned char c = 0; c < 128; ++c) {
    const std::uint16_t properties = unicode::Properties(c);
    unsigned char to = c;
    if (lowercase_ && c >= 'A' && c <= 'Z') to = c + 32;
    if (clean_text_ && (properties & unicode::kWhitespace)) to = ' ';
    if (clean_text_ && (properties & unicode::kControl)) to = kDropped;
    ascii_[c] = to;
  }
}

bool BertNormalizer::Normalize(std::string_view text, std::string* out) const {
  out->clear();
  const char* p = text.data();
  const char* const end = p + text.size();
  while (p < end) {
    const char* non_ascii = FindNonAscii(p, end);
    AppendAscii(p, non_ascii, out);
    p = non_ascii;
    while (p < end && !IsAscii(*p)) p = AppendSpan(p, end, out);
  }
  return !RemovesFirst(text);
}

// Whether the first character is removed.
bool BertNormalizer::RemovesFirst(std::string_view text) const {
  if (text.empty()) return false;
  const char* p = text.data();
  const std::uint16_t properties = unicode::Properties(DecodeUtf8(&p));
  return (clean_text_ && (properties & unicode::kControl)) ||
         (strip_accents_ && (properties & unicode::kNonspacingMark));
}

void BertNormalizer::AppendAscii(const char* begin, const char* end, std::string* out) const {
  const std::size_t before = out->size();
  out->resize(before + (end - begin));
  char* to = out->data() + before;
  // Blocks without control characters, tabs and line ends only change their case.
  while (begin < end) {
    const auto bytes = std::min<std::size_t>(end - begin, AsciiBlock::kBytes);
    const AsciiBlock block(begin, bytes);
    if (std::popcount(block.InRange(' ', 0x7F - ' ')) != static_cast<int>(bytes)) break;
    (lowercase_ ? block.Lowercase() : block).Store(to, bytes);
    begin += bytes;
    to += bytes;
  }
  for (; begin < end; ++begin) {
    const unsigned char c = ascii_[static_cast<unsigned char>(*begin)];
    *to = static_cast<char>(c);
    to += c != kDropped;
  }
  out->resize(to - out->data());
}

// Whether `c` is kept as it is and separates what stands before it from what stands after: no step reorders
// or joins characters across it.
bool BertNormalizer::IsBarrier(char32_t c) const {
  if (c < 0x80) return ascii_[c] != kDropped;
  constexpr std::uint16_t kChanging = unicode::kWhitespace | unicode::kControl | unicode::kNonspacingMark |
                                      unicode::kHasCanonical | unicode::kHasLowercase | unicode::kCjk;
  return !(unicode::Properties(c) & kChanging) && unicode::CombiningClass(c) == 0 &&
         !unicode::IsHangulSyllable(c);
}

// Appends the normal form of the non-ASCII span at `begin`, up to the next barrier; returns its end.
const char* BertNormalizer::AppendSpan(const char* begin, const char* end, std::string* out) const {
  const char* p = begin;
  char32_t c = DecodeUtf8(&p);
  if (IsBarrier(c)) {
    out->append(begin, p);
    return p;
  }
  std::u32string& characters = scratch.characters;
  characters.clear();
  for (;;) {
    const std::uint16_t properties = unicode::Properties(c);
    if (clean_text_ && (properties & unicode::kWhitespace)) c = U' ';
    if (space_cjk_ && (properties & unicode::kCjk)) {
      characters.append({U' ', c, U' '});
    } else if (!clean_text_ || !(properties & unicode::kControl)) {
      characters.push_back(c);
    }
    begin = p;
    if (p == end || IsBarrier(c = DecodeUtf8(&p))) break;
  }
  std::u32string* result = &characters;
  if (strip_accents_) {
    unicode::DecomposeCanonically(characters, &scratch.decomposed);
    std::erase_if(scratch.decomposed, [](char32_t d) { return unicode::Has(d, unicode::kNonspacingMark); });
    result = &scratch.decomposed;
  }
  if (lowercase_) {
    scratch.lowered.clear();
    for (char32_t d : *result) unicode::AppendLowercase(d, &scratch.lowered);
    result = &scratch.lowered;
  }
  for (char32_t d : *result) AppendUtf8(d, out);
  scratch.Trim();
  return begin;
}

}  // namespace densenode
