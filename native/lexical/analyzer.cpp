#include "lexical/analyzer.h"

#include <algorithm>
#include <utility>

#include "text/unicode.h"
#include "text/utf8.h"

namespace densenode {

Analyzer::Analyzer(AnalyzerOptions options) : options_(std::move(options)) {
  for (const std::string& word : options_.stopwords) stopwords_.FindOrAdd(word);
  if (!options_.stemmer.empty()) Stemmer check(options_.stemmer);
}

Analyzer::Session::Session(const Analyzer& analyzer) : analyzer_(analyzer) {
  if (!analyzer.options_.stemmer.empty()) stemmer_ = std::make_unique<Stemmer>(analyzer.options_.stemmer);
}

const std::vector<std::uint32_t>& Analyzer::Session::Analyze(std::string_view text) {
  tokens_.clear();
  Words words(text, analyzer_.options_.words);
  for (std::string_view word = words.Next(); !word.empty(); word = words.Next()) {
    const std::uint32_t form = forms_.FindOrAdd(word);
    if (form == term_of_form_.size()) term_of_form_.push_back(TermOf(word));
    if (term_of_form_[form] != TermTable::kNone) tokens_.push_back(term_of_form_[form]);
  }
  return tokens_;
}

std::uint32_t Analyzer::Session::TermOf(std::string_view word) {
  std::string_view term = Normalize(word);
  if (CountCodePoints(term) < analyzer_.options_.min_token_length) return TermTable::kNone;
  if (analyzer_.stopwords_.Find(term) != TermTable::kNone) return TermTable::kNone;
  if (stemmer_) term = stemmer_->Stem(term);
  return term.empty() ? TermTable::kNone : terms_.FindOrAdd(term);
}

// NFC, the typographic apostrophe as the plain one (so that "don’t" is "don't"), lower case. White-space
// words keep their form but for the case.
std::string_view Analyzer::Session::Normalize(std::string_view word) {
  const bool lowercase = analyzer_.options_.lowercase;
  normalized_.clear();
  if (FindNonAscii(word.data(), word.data() + word.size()) == word.data() + word.size()) {
    for (char c : word) normalized_ += lowercase && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return normalized_;
  }
  std::u32string text = ToUtf32(word);
  if (analyzer_.options_.words == WordRule::kUnicode) {
    std::replace(text.begin(), text.end(), U'\u2019', U'\'');
    text = unicode::Normalize(text, unicode::Form::kNfc);
  }
  wide_.clear();
  for (char32_t c : text) {
    if (lowercase)
      unicode::AppendLowercase(c, &wide_);
    else
      wide_ += c;
  }
  for (char32_t c : wide_) AppendUtf8(c, &normalized_);
  return normalized_;
}

}  // namespace densenode
