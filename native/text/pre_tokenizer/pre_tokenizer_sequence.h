// Sequence: each pre-tokenizer cuts the words of the one before.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "text/pre_tokenizer.h"

namespace densenode {

class PreTokenizerSequence : public PreTokenizer {
 public:
  explicit PreTokenizerSequence(std::vector<std::unique_ptr<const PreTokenizer>> steps)
      : steps_(std::move(steps)) {}
  void Split(std::string_view text, bool at_start, Words* words) const override;

 private:
  std::vector<std::unique_ptr<const PreTokenizer>> steps_;
};

}  // namespace densenode
