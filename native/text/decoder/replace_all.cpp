#include "text/decoder/replace_all.h"

#include <utility>

#include "text/utf8.h"

namespace densenode {

void ReplaceAll(std::string_view from, std::string_view to, std::string* text) {
  if (from.empty()) {
    std::string spread(to);
    for (const char c : *text) {
      if (!IsContinuation(c) && spread.size() > to.size()) spread.append(to);
      spread.push_back(c);
    }
    if (!text->empty()) spread.append(to);
    *text = std::move(spread);
    return;
  }
  std::size_t at = text->find(from);
  if (at == std::string::npos) return;
  std::string replaced;
  std::size_t covered = 0;
  for (; at != std::string::npos; at = text->find(from, covered)) {
    replaced.append(*text, covered, at - covered).append(to);
    covered = at + from.size();
  }
  replaced.append(*text, covered);
  *text = std::move(replaced);
}

void CleanUpSpaces(std::string* text) {
  static constexpr std::pair<std::string_view, std::string_view> kRules[] = {
      {" .", "."},   {" ?", "?"},           {" !", "!"},   {" ,", ","},     {" ' ", "'"},    {" n't", "n't"},
      {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
  };
  for (const auto& [from, to] : kRules) ReplaceAll(from, to, text);
}

}  // namespace densenode
