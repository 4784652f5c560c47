#include "text/text_pattern.h"

namespace densenode {

TextPattern::TextPattern(const JsonField& field) {
  const JsonField regex = field.Get("Regex"), text = field.Get("String");
  if (regex.is_null() == text.is_null()) field.Invalid("{ \"String\": text } or { \"Regex\": pattern }");
  if (!text.is_null()) text_ = text.String();
  if (text_.empty()) regex_.emplace(regex.is_null() ? "" : std::string_view(regex.String()), field);
}

void TextPattern::FindAll(std::string_view text, std::vector<Regex::Match>* matches) const {
  if (regex_) return regex_->FindAll(text, matches);
  matches->clear();
  for (std::size_t at = 0; (at = text.find(text_, at)) != text.npos; at += text_.size()) {
    matches->push_back({at, at + text_.size()});
  }
}

}  // namespace densenode
