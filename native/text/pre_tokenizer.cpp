#include "text/pre_tokenizer.h"

#include <functional>
#include <utility>

#include "text/bert_pre_tokenizer.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace densenode {
namespace {

class PreTokenizerSequence : public PreTokenizer {
 public:
  explicit PreTokenizerSequence(std::vector<std::unique_ptr<const PreTokenizer>> steps)
      : steps_(std::move(steps)) {}
  void Split(std::string_view text, std::vector<std::string_view>* words) const override {
    std::vector<std::string_view> before, after{text};
    for (const auto& step : steps_) {
      before.swap(after);
      after.clear();
      for (std::string_view word : before) step->Split(word, &after);
    }
    words->insert(words->end(), after.begin(), after.end());
  }

 private:
  std::vector<std::unique_ptr<const PreTokenizer>> steps_;
};

// What becomes of the delimiters that cut a text.
enum class Delimiter { kRemoved, kIsolated, kMergedWithPrevious, kMergedWithNext, kContiguous };

Delimiter ParseDelimiter(const JsonField& field) {
  const std::string& name = field.String();
  if (name == "Removed") return Delimiter::kRemoved;
  if (name == "Isolated") return Delimiter::kIsolated;
  if (name == "MergedWithPrevious") return Delimiter::kMergedWithPrevious;
  if (name == "MergedWithNext") return Delimiter::kMergedWithNext;
  if (name == "Contiguous") return Delimiter::kContiguous;
  field.Invalid("Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous");
}

// Cuts at every character that `is_delimiter` names.
class DelimiterPreTokenizer : public PreTokenizer {
 public:
  DelimiterPreTokenizer(std::function<bool(char32_t)> is_delimiter, Delimiter behavior)
      : is_delimiter_(std::move(is_delimiter)), behavior_(behavior) {}

  void Split(std::string_view text, std::vector<std::string_view>* words) const override {
    const char* const end = text.data() + text.size();
    const char* start = text.data();  // of the word in progress
    auto flush = [&](const char* to) {
      if (start < to) words->emplace_back(start, to - start);
      start = to;
    };
    bool previous = false;  // whether the character before was a delimiter
    for (const char* p = start; p < end;) {
      const char* const here = p;
      const bool delimiter = is_delimiter_(DecodeUtf8(&p));
      switch (behavior_) {
        case Delimiter::kRemoved:
          if (delimiter) {
            flush(here);
            start = p;
          }
          break;
        case Delimiter::kIsolated:
          if (delimiter) {
            flush(here);
            flush(p);
          }
          break;
        case Delimiter::kContiguous:
          if (delimiter != previous) flush(here);
          break;
        case Delimiter::kMergedWithPrevious:  // of several in a row only the first joins what stands before
          if (delimiter) {
            if (previous) flush(here);
            flush(p);
          }
          break;
        case Delimiter::kMergedWithNext:  // of several in a row only the last joins what follows
          if (delimiter) flush(here);
          break;
      }
      previous = delimiter;
    }
    flush(end);
  }

 private:
  std::function<bool(char32_t)> is_delimiter_;
  Delimiter behavior_;
};

// The matches of \w+|[^\w\s]+.
class WhitespacePreTokenizer : public PreTokenizer {
 public:
  void Split(std::string_view text, std::vector<std::string_view>* words) const override {
    enum Kind { kSpace, kWord, kOther };
    const char* const end = text.data() + text.size();
    const char* start = text.data();
    Kind previous = kSpace;
    for (const char* p = start; p < end;) {
      const char* const here = p;
      const std::uint16_t properties = unicode::Properties(DecodeUtf8(&p));
      const Kind kind = properties & unicode::kWord         ? kWord
                        : properties & unicode::kWhitespace ? kSpace
                                                            : kOther;
      if (kind == previous) continue;
      if (previous != kSpace) words->emplace_back(start, here - start);
      start = here;
      previous = kind;
    }
    if (previous != kSpace && start < end) words->emplace_back(start, end - start);
  }
};

char32_t ParseCharacter(const JsonField& field) {
  const std::string& text = field.String();
  if (text.empty() || CountCodePoints(text) != 1) field.Invalid("a string of one character");
  return LastCodePoint(text);
}

}  // namespace

std::unique_ptr<const PreTokenizer> PreTokenizer::FromJson(const JsonField& field, int depth) {
  field.CheckNesting(depth);
  auto has = [](unicode::Property property) {
    return [property](char32_t c) { return unicode::Has(c, property); };
  };
  auto cut = [](std::function<bool(char32_t)> is_delimiter, Delimiter behavior) {
    return std::make_unique<DelimiterPreTokenizer>(std::move(is_delimiter), behavior);
  };
  const std::string type = field.Type();
  if (type == "BertPreTokenizer") return std::make_unique<BertPreTokenizer>();
  if (type == "Whitespace") return std::make_unique<WhitespacePreTokenizer>();
  if (type == "WhitespaceSplit") return cut(has(unicode::kWhitespace), Delimiter::kRemoved);
  if (type == "Punctuation") {
    const JsonField behavior = field.Get("behavior");
    return cut(has(unicode::kPunctuation),
               behavior.is_null() ? Delimiter::kIsolated : ParseDelimiter(behavior));
  }
  if (type == "Digits") {
    const bool individual = field.At("individual_digits").Bool();
    return cut(has(unicode::kNumeric), individual ? Delimiter::kIsolated : Delimiter::kContiguous);
  }
  if (type == "CharDelimiterSplit") {
    return cut([delimiter = ParseCharacter(field.At("delimiter"))](char32_t c) { return c == delimiter; },
               Delimiter::kRemoved);
  }
  if (type == "Sequence") {
    std::vector<std::unique_ptr<const PreTokenizer>> steps;
    for (const JsonField& step : field.At("pretokenizers").Elements())
      steps.push_back(FromJson(step, depth + 1));
    return std::make_unique<PreTokenizerSequence>(std::move(steps));
  }
  field.Unsupported(
      type,
      "BertPreTokenizer, CharDelimiterSplit, Digits, Punctuation, Sequence, Whitespace, WhitespaceSplit");
}

}  // namespace densenode
