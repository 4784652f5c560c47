#include "text/pre_tokenizer/unicode_scripts.h"

#include "text/unicode.h"
#include "text/utf8.h"

namespace densenode {

// As in the official library, what stands before the first character of a certain script is dropped.
void UnicodeScripts::Split(std::string_view text, bool, Words* words) const {
  const char* const end = text.data() + text.size();
  const char* start = nullptr;
  std::uint8_t last = unicode::kAnyScript;
  for (const char* p = text.data(); p < end;) {
    const char* const here = p;
    const std::uint8_t script = unicode::Script(DecodeUtf8(&p));
    if (script == unicode::kAnyScript || script == last) continue;
    if (start) words->list.emplace_back(start, here);
    start = here;
    last = script;
  }
  if (start) words->list.emplace_back(start, end);
}

}  // namespace densenode
