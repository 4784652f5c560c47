#include "text/pre_tokenizer/bert_pre_tokenizer.h"

#include <algorithm>
#include <array>
#include <bit>

#include "text/ascii_block.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace densenode {
namespace {

enum Kind : unsigned char { kLetter, kSpace, kPunctuation, kNonAscii };

std::array<Kind, 256> MakeKinds() {
  std::array<Kind, 256> kinds;
  kinds.fill(kNonAscii);
  for (char32_t c = 0; c < 128; ++c) {
    const std::uint16_t properties = unicode::Properties(c);
    kinds[c] = properties & unicode::kWhitespace    ? kSpace
               : properties & unicode::kPunctuation ? kPunctuation
                                                    : kLetter;
  }
  return kinds;
}

const std::array<Kind, 256> kKinds = MakeKinds();

// ASCII characters of the two kinds, as ranges.
std::uint64_t Spaces(const AsciiBlock& block) { return block.InRange('\t', 5) | block.InRange(' ', 1); }
std::uint64_t Punctuation(const AsciiBlock& block) {
  return block.InRange('!', 15) | block.InRange(':', 7) | block.InRange('[', 6) | block.InRange('{', 4);
}

class Splitter {
 public:
  Splitter(std::string_view text, Words* words)
      : p_(text.data()), end_(text.data() + text.size()), start_(p_), words_(words->list) {}

  void Run() {
    while (p_ < end_) {
      const auto bytes = std::min<std::size_t>(end_ - p_, AsciiBlock::kBytes);
      const AsciiBlock block(p_, bytes);
      if (block.NonAscii()) {
        Characters(p_ + bytes);
      } else {
        Block(block, bytes);
      }
    }
    Flush(end_);
  }

 private:
  void Flush(const char* to) {
    if (start_ < to) words_.emplace_back(start_, to);
  }

  // Behind its `bytes` bytes a block holds zeros, which are letters here.
  void Block(const AsciiBlock& block, std::size_t bytes) {
    const std::uint64_t punctuation = Punctuation(block);
    for (std::uint64_t cuts = Spaces(block) | punctuation; cuts != 0; cuts &= cuts - 1) {
      const int i = std::countr_zero(cuts);
      Flush(p_ + i);
      if (punctuation >> i & 1) words_.emplace_back(p_ + i, 1);
      start_ = p_ + i + 1;
    }
    p_ += bytes;
  }

  // One character after another, up to `stop` or a little beyond.
  void Characters(const char* stop) {
    while (p_ < stop) {
      const char* const here = p_;
      Kind kind = kKinds[static_cast<unsigned char>(*p_)];
      if (kind == kNonAscii) {
        const std::uint16_t properties = unicode::Properties(DecodeUtf8(&p_));
        if (!(properties & (unicode::kWhitespace | unicode::kPunctuation))) continue;
        kind = properties & unicode::kWhitespace ? kSpace : kPunctuation;
      } else {
        ++p_;
        if (kind == kLetter) continue;
      }
      Flush(here);
      if (kind == kPunctuation) words_.emplace_back(here, p_);
      start_ = p_;
    }
  }

  const char* p_;
  const char* const end_;
  const char* start_;  // of the word in progress
  std::vector<std::string_view>& words_;
};

}  // namespace

void BertPreTokenizer::Split(std::string_view text, bool, Words* words) const { Splitter(text, words).Run(); }

}  // namespace densenode
