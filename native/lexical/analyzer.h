// Text to the words that an index counts: cutting, lower case, stop words, stemming.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lexical/stemmer.h"
#include "lexical/term_table.h"
#include "lexical/words.h"

namespace densenode {

struct AnalyzerOptions {
  std::string stemmer;  // a Snowball algorithm; empty: none
  std::vector<std::string> stopwords;
  bool lowercase = true;
  std::size_t min_token_length = 1;  // in code points
  WordRule words = WordRule::kUnicode;
};

// May be used by many threads at once, each with a Session of its own.
class Analyzer {
 public:
  // Throws INVALID_ARGUMENT for an unknown stemmer.
  explicit Analyzer(AnalyzerOptions options);
  const AnalyzerOptions& options() const { return options_; }

  class Session;

 private:
  AnalyzerOptions options_;
  TermTable stopwords_;
};

// Numbers the words of texts: the same word has the same number in all texts of the session.
class Analyzer::Session {
 public:
  explicit Session(const Analyzer& analyzer);

  // The numbers of the words of `text`, valid UTF-8, in their order. Valid until the next call.
  const std::vector<std::uint32_t>& Analyze(std::string_view text);
  const TermTable& terms() const { return terms_; }

 private:
  std::uint32_t TermOf(std::string_view word);
  std::string_view Normalize(std::string_view word);

  const Analyzer& analyzer_;
  std::unique_ptr<Stemmer> stemmer_;
  TermTable terms_;
  // A word comes many times, in few forms: what was made of each form is kept.
  TermTable forms_;
  std::vector<std::uint32_t> term_of_form_;  // kNone: left out
  std::vector<std::uint32_t> tokens_;
  std::string normalized_;
  std::u32string wide_;
};

}  // namespace densenode
