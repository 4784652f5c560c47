#include "text/replace.h"

#include <algorithm>

#include "common/error.h"

namespace densenode {

Replace::Replace(const JsonField& field)
    : pattern_(field.At("pattern")), content_(field.At("content").String()) {}

bool Replace::Apply(std::string_view text, std::string* out) const {
  thread_local std::vector<Regex::Match> matches;
  pattern_.FindAll(text, &matches);
  std::size_t size = text.size() + matches.size() * content_.size();
  for (const auto& [begin, end] : matches) size -= end - begin;
  if (size > std::max(kMostBytes, text.size())) FailTooLong();
  out->clear();
  std::size_t covered = 0;
  for (const auto& [begin, end] : matches) {
    out->append(text.substr(covered, begin - covered)).append(content_);
    covered = end;
  }
  out->append(text.substr(covered));
  return !content_.empty() || matches.empty() || matches.front().begin > 0 || matches.front().end == 0;
}

void Replace::FailTooLong() {
  Fail(ErrorCode::kTokenizerInvalid, "tokenizer.json: a Replace makes a text longer than ", kMostBytes,
       " bytes");
}

}  // namespace densenode
