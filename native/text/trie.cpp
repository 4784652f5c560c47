#include "text/trie.h"

#include "common/error.h"

namespace densenode {
namespace {

constexpr std::uint32_t kBlockSize = 256;
constexpr int kMaxFailures = 64;  // a block that could not take this many states is left as it is

}  // namespace

class Trie::Builder {
 public:
  using Entries = std::vector<std::pair<std::string_view, std::int32_t>>;

  Builder(const Entries& entries, std::vector<Unit>* units) : entries_(entries), units_(*units) {
    AddBlock();
    units_[kRoot].check = kNoState - 1;  // taken, and nobody's child: states are below 2^31
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
        units_[child].check = state;
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

  template <typename Children>
  std::uint32_t FindBase(const Children& children) {
    for (std::size_t b = 0; b < open_blocks_.size();) {
      Block& block = open_blocks_[b];
      for (std::uint32_t base = block.start; base < block.start + kBlockSize; ++base) {
        if (Fits(base, children)) return base;
      }
      if (++block.failures < kMaxFailures) {
        ++b;
      } else {
        open_blocks_.erase(open_blocks_.begin() + b);
      }
    }
    return AddBlock();
  }

  template <typename Children>
  bool Fits(std::uint32_t base, const Children& children) const {
    for (const auto& child : children) {
      if (units_[base ^ child.first].check != kNoState) return false;
    }
    return true;
  }

  std::uint32_t AddBlock() {
    const std::size_t start = units_.size();
    if (start > 0x7FFFFFFF - kBlockSize) Fail(ErrorCode::kTokenizerInvalid, "the vocabulary is too large");
    units_.resize(start + kBlockSize);
    open_blocks_.push_back({static_cast<std::uint32_t>(start), 0});
    return static_cast<std::uint32_t>(start);
  }

  const Entries& entries_;
  std::vector<Unit>& units_;
  std::vector<Block> open_blocks_;
};

Trie::Trie(const std::vector<std::pair<std::string_view, std::int32_t>>& entries) {
  Builder(entries, &units_).Build();
  units_.shrink_to_fit();
}

}  // namespace densenode
