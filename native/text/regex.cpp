#include "text/regex.h"

#include <oniguruma.h>

#include <mutex>

#include "common/error.h"

namespace densenode {
namespace {

const OnigUChar* Bytes(const char* text) { return reinterpret_cast<const OnigUChar*>(text); }

constexpr unsigned long kMostSteps = 100'000'000;  // back, of one search; about a second

std::string Message(int code, OnigErrorInfo* info = nullptr) {
  OnigUChar text[ONIG_MAX_ERROR_MESSAGE_LEN];
  const int length = info ? onig_error_code_to_str(text, code, info) : onig_error_code_to_str(text, code);
  return std::string(reinterpret_cast<const char*>(text), static_cast<std::size_t>(length));
}

std::size_t CharacterLength(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

}  // namespace

Regex::Regex(std::string_view pattern, const JsonField& field) : word_pattern_(WordPattern::Of(pattern)) {
  if (word_pattern_) return;
  static std::mutex mutex;  // Oniguruma compiles one pattern at a time
  const std::lock_guard lock(mutex);
  OnigEncoding encoding = ONIG_ENCODING_UTF8;
  static const int initialized = onig_initialize(&encoding, 1);
  onig_set_retry_limit_in_search(kMostSteps);
  if (initialized != ONIG_NORMAL) Fail(ErrorCode::kEngineFailed, "Oniguruma: ", Message(initialized));
  OnigRegex program = nullptr;
  OnigErrorInfo info;
  const int code = onig_new(&program, Bytes(pattern.data()), Bytes(pattern.data() + pattern.size()),
                            ONIG_OPTION_NONE, encoding, OnigDefaultSyntax, &info);
  if (code != ONIG_NORMAL) {
    Fail(ErrorCode::kTokenizerInvalid, "tokenizer.json: ", field.where(),
         " is not a regular expression: ", Message(code, &info));
  }
  program_.reset(program, [](void* p) { onig_free(static_cast<OnigRegex>(p)); });
}

void Regex::FindAll(std::string_view text, std::vector<Match>* matches) const {
  thread_local const std::unique_ptr<OnigRegion, void (*)(OnigRegion*)> region(
      onig_region_new(), [](OnigRegion* r) { onig_region_free(r, 1); });
  matches->clear();
  if (text.empty()) return;  // as in the official library, where nothing matches there
  if (word_pattern_) {
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = begin + word_pattern_->Match(text.substr(begin));
      matches->push_back({begin, end});
      begin = end;
    }
    return;
  }
  auto* const program = static_cast<OnigRegex>(program_.get());
  const OnigUChar* const begin = Bytes(text.data());
  const OnigUChar* const end = begin + text.size();
  for (std::size_t from = 0; from <= text.size();) {
    const int code = onig_search(program, begin, end, begin + from, end, region.get(), ONIG_OPTION_NONE);
    if (code == ONIG_MISMATCH) return;
    if (code < 0)
      Fail(ErrorCode::kInvalidArgument, "a regular expression of tokenizer.json: ", Message(code));
    const Match match{static_cast<std::size_t>(region->beg[0]), static_cast<std::size_t>(region->end[0])};
    const bool empty_behind_another =
        match.begin == match.end && !matches->empty() && matches->back().end == match.end;
    if (empty_behind_another) {
      from += from < text.size() ? CharacterLength(text[from]) : 1;
    } else {
      matches->push_back(match);
      from = match.end;
    }
  }
}

}  // namespace densenode
