#include "text/pre_tokenizer/metaspace.h"

#include <algorithm>

namespace densenode {

MetaspacePreTokenizer::MetaspacePreTokenizer(const JsonField& field) : settings_(field) {
  const JsonField split = field.Get("split");
  split_ = split.is_null() || split.Bool();
}

void MetaspacePreTokenizer::Split(std::string_view text, bool at_start, Words* words) const {
  const std::string& mark = settings_.replacement;
  const bool prefixes = settings_.scheme == Metaspace::Scheme::kAlways ||
                        (settings_.scheme == Metaspace::Scheme::kFirst && at_start);
  const bool prefix = prefixes && !text.starts_with(mark) && !text.starts_with(' ');
  const auto spaces = static_cast<std::size_t>(std::count(text.begin(), text.end(), ' '));
  const std::size_t capacity = (prefix + spaces) * mark.size() + text.size() - spaces;
  char* const begin = words->Allocate(capacity);
  char* out = begin;
  if (prefix) out = std::copy(mark.begin(), mark.end(), out);
  for (const char c : text) {
    if (c == ' ') {
      out = std::copy(mark.begin(), mark.end(), out);
    } else {
      *out++ = c;
    }
  }
  std::string_view rest(begin, out - begin);
  if (!split_) return words->list.push_back(rest);
  while (!rest.empty()) {
    const std::size_t next = std::min(rest.find(mark, 1), rest.size());
    words->list.push_back(rest.substr(0, next));
    rest.remove_prefix(next);
  }
}

}  // namespace densenode
