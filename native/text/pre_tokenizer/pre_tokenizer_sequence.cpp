#include "text/pre_tokenizer/pre_tokenizer_sequence.h"

namespace densenode {

void PreTokenizerSequence::Split(std::string_view text, bool at_start, Words* words) const {
  const std::size_t first = words->list.size();
  words->list.push_back(text);
  std::vector<std::string_view> before;
  for (const auto& step : steps_) {
    before.assign(words->list.begin() + first, words->list.end());
    words->list.resize(first);
    bool starts = at_start;
    for (std::string_view word : before) {
      step->Split(word, starts, words);
      starts = false;
    }
    // Whether the first word still begins where the text does: not where a step left out what stood before
    // it.
    if (words->list.size() == first) return;
    const char* const begin = words->list[first].data();
    const bool inside =
        begin >= before.front().data() && begin < before.front().data() + before.front().size();
    at_start = at_start && (!inside || begin == before.front().data());
  }
}

}  // namespace densenode
