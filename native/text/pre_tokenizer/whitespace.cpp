#include "text/pre_tokenizer/whitespace.h"

#include "text/unicode.h"
#include "text/utf8.h"

namespace densenode {

void WhitespacePreTokenizer::Split(std::string_view text, bool, Words* words) const {
  enum Kind { kSpace, kWord, kOther };
  const char* const end = text.data() + text.size();
  const char* start = text.data();
  Kind previous = kSpace;
  for (const char* p = start; p < end;) {
    const char* const here = p;
    const std::uint16_t properties = unicode::Properties(DecodeUtf8(&p));
    const Kind kind = properties & unicode::kWord         ? kWord
                      : properties & unicode::kWhitespace ? kSpace
                                                          : kOther;
    if (kind == previous) continue;
    if (previous != kSpace) words->list.emplace_back(start, here);
    start = here;
    previous = kind;
  }
  if (previous != kSpace && start < end) words->list.emplace_back(start, end);
}

}  // namespace densenode
