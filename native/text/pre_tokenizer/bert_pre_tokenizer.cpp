#include "text/pre_tokenizer/bert_pre_tokenizer.h"

#include <array>

#include "text/unicode.h"
#include "text/utf8.h"

namespace densenode {
namespace {

enum Kind : unsigned char { kLetter, kSpace, kPunctuation, kNonAscii };

std::array<Kind, 256> MakeKinds() {
  std::array<Kind, 256> kinds;
  kinds.fill(kNonAscii);
  for (char32_t c = 0; c < 128; ++c) {
    const std::uint16_t properties = unicode::Properties(c);
    kinds[c] = properties & unicode::kWhitespace    ? kSpace
               : properties & unicode::kPunctuation ? kPunctuation
                                                    : kLetter;
  }
  return kinds;
}

const std::array<Kind, 256> kKinds = MakeKinds();

}  // namespace

void BertPreTokenizer::Split(std::string_view text, bool, Words* words) const {
  const char* const end = text.data() + text.size();
  const char* start = text.data();  // of the word in progress
  for (const char* p = start; p < end;) {
    const char* const here = p;
    Kind kind = kKinds[static_cast<unsigned char>(*p)];
    if (kind == kLetter) {
      ++p;
      continue;
    }
    if (kind == kNonAscii) {
      const std::uint16_t properties = unicode::Properties(DecodeUtf8(&p));
      if (!(properties & (unicode::kWhitespace | unicode::kPunctuation))) continue;
      kind = properties & unicode::kWhitespace ? kSpace : kPunctuation;
    } else {
      ++p;
    }
    if (start < here) words->list.emplace_back(start, here - start);
    if (kind == kPunctuation) words->list.emplace_back(here, p - here);
    start = p;
  }
  if (start < end) words->list.emplace_back(start, end - start);
}

}  // namespace densenode
