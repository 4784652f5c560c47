// What becomes of the delimiters that cut a text: the five behaviours of the official library.
#pragma once

#include <string_view>

#include "text/json_field.h"
#include "text/words.h"

namespace densenode {

enum class DelimiterBehavior { kRemoved, kIsolated, kMergedWithPrevious, kMergedWithNext, kContiguous };

DelimiterBehavior ParseDelimiterBehavior(const JsonField& field);

// Takes a text in pieces that follow each other, delimiters and what stands between them, and appends its
// words.
class DelimiterCutter {
 public:
  DelimiterCutter(DelimiterBehavior behavior, Words* words) : behavior_(behavior), words_(*words) {}

  void Add(std::string_view piece, bool is_delimiter) {
    switch (behavior_) {
      case DelimiterBehavior::kRemoved:
        if (!is_delimiter) Append(piece);
        return;
      case DelimiterBehavior::kIsolated:
        Append(piece);
        return;
      case DelimiterBehavior::kContiguous:
        Merge(piece, is_delimiter == was_delimiter_);
        break;
      case DelimiterBehavior::kMergedWithPrevious:  // of several in a row only the first joins what stands
                                                    // before
        Merge(piece, is_delimiter && !was_delimiter_);
        break;
      case DelimiterBehavior::kMergedWithNext:  // of several in a row only the last joins what follows
        Merge(piece, !is_delimiter && was_delimiter_);
        break;
    }
    was_delimiter_ = is_delimiter;
  }

  void Finish() { Append(open_); }

 private:
  void Append(std::string_view word) {
    if (!word.empty()) words_.list.push_back(word);
  }
  void Merge(std::string_view piece, bool joins) {
    if (joins && open_.data()) {
      open_ = {open_.data(), open_.size() + piece.size()};
    } else {
      Append(open_);
      open_ = piece;
    }
  }

  DelimiterBehavior behavior_;
  Words& words_;
  std::string_view open_;  // the word in progress
  bool was_delimiter_ = false;
};

}  // namespace densenode
