#include "text/pre_tokenizer/pattern_split.h"

namespace densenode {

void PatternSplit::Split(std::string_view text, bool, Words* words) const {
  thread_local std::vector<Regex::Match> matches;
  pattern_.FindAll(text, &matches);
  DelimiterCutter cutter(behavior_, words);
  std::size_t covered = 0;
  for (const auto& [begin, end] : matches) {
    if (covered < begin) cutter.Add(text.substr(covered, begin - covered), invert_);
    cutter.Add(text.substr(begin, end - begin), !invert_);
    covered = end;
  }
  if (covered < text.size()) cutter.Add(text.substr(covered), invert_);
  cutter.Finish();
}

}  // namespace densenode
