#include "text/trie.h"

#include <array>
#include <bit>

#include "common/error.h"

namespace densenode {
namespace {

constexpr std::uint32_t kBlockSize = 256;
constexpr int kMaxFailures = 64;  // a block that could not take this many states is left as it is

using BlockBits = std::array<std::uint64_t, kBlockSize / 64>;

// Bit i of the result is bit i XOR `byte`: halves of words, then of halves, change places.
BlockBits Exchanged(const BlockBits& bits, unsigned char byte) {
  static constexpr std::uint64_t kLower[] = {0x5555555555555555, 0x3333333333333333, 0x0F0F0F0F0F0F0F0F,
                                             0x00FF00FF00FF00FF, 0x0000FFFF0000FFFF, 0x00000000FFFFFFFF};
  BlockBits result;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    std::uint64_t word = bits[i ^ byte >> 6];
    for (int level = 0; level < 6; ++level) {
      const int half = 1 << level;
      if (byte & half) word = (word & kLower[level]) << half | (word >> half & kLower[level]);
    }
    result[i] = word;
  }
  return result;
}

}  // namespace

class Trie::Builder {
 public:
  using Entries = std::vector<std::pair<std::string_view, std::int32_t>>;

  Builder(const Entries& entries, std::vector<Unit>* units) : entries_(entries), units_(*units) {
    AddBlock();
    Take(kRoot, kNoState - 1);  // nobody's child: states are below 2^31
  }

  void Build() {
    struct Node {
      State state;
      std::size_t begin, end, depth;  // the entries below it share `depth` bytes
    };
    std::vector<Node> open{{kRoot, 0, entries_.size(), 0}};
    std::vector<std::pair<unsigned char, std::size_t>> children;  // byte, first entry
    while (!open.empty()) {
      auto [state, begin, end, depth] = open.back();
      open.pop_back();
      if (begin < end && entries_[begin].first.size() == depth) units_[state].id = entries_[begin++].second;
      if (begin == end) continue;
      children.clear();
      for (std::size_t i = begin; i < end; ++i) {
        const auto byte = static_cast<unsigned char>(entries_[i].first[depth]);
        if (children.empty() || children.back().first != byte) children.emplace_back(byte, i);
      }
      const std::uint32_t base = FindBase(children);
      units_[state].base = base;
      for (std::size_t i = children.size(); i-- > 0;) {
        const State child = base ^ children[i].first;
        Take(child, state);
        open.push_back(
            {child, children[i].second, i + 1 < children.size() ? children[i + 1].second : end, depth + 1});
      }
    }
  }

 private:
  struct Block {
    std::uint32_t start;
    int failures;
  };

  void Take(State state, State parent) {
    units_[state].check = parent;
    free_[state / kBlockSize][state % kBlockSize / 64] &= ~(std::uint64_t{1} << state % 64);
  }

  // The lowest base of a block that has a free unit at base XOR byte for each child.
  template <typename Children>
  std::uint32_t FindBase(const Children& children) {
    for (std::size_t b = 0; b < open_blocks_.size();) {
      Block& block = open_blocks_[b];
      BlockBits fits;
      fits.fill(~std::uint64_t{0});
      for (const auto& child : children) {
        const BlockBits free = Exchanged(free_[block.start / kBlockSize], child.first);
        for (std::size_t i = 0; i < fits.size(); ++i) fits[i] &= free[i];
      }
      for (std::size_t i = 0; i < fits.size(); ++i) {
        if (fits[i] != 0) return block.start + static_cast<std::uint32_t>(64 * i + std::countr_zero(fits[i]));
      }
      if (++block.failures < kMaxFailures) {
        ++b;
      } else {
        open_blocks_.erase(open_blocks_.begin() + b);
      }
    }
    return AddBlock();
  }

  std::uint32_t AddBlock() {
    const std::size_t start = units_.size();
    if (start > 0x7FFFFFFF - kBlockSize) Fail(ErrorCode::kTokenizerInvalid, "the vocabulary is too large");
    units_.resize(start + kBlockSize);
    free_.emplace_back().fill(~std::uint64_t{0});
    open_blocks_.push_back({static_cast<std::uint32_t>(start), 0});
    return static_cast<std::uint32_t>(start);
  }

  const Entries& entries_;
  std::vector<Unit>& units_;
  std::vector<BlockBits> free_;  // a bit for each unit of each block
  std::vector<Block> open_blocks_;
};

Trie::Trie(const std::vector<std::pair<std::string_view, std::int32_t>>& entries) {
  Builder(entries, &units_).Build();
  units_.shrink_to_fit();
}

}  // namespace densenode
