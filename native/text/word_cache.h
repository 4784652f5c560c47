// A small cache of one thread: short words and the ids that a model made of them. Texts repeat few words very
// often, and one probe here replaces a walk through the trie of the whole vocabulary.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace densenode {

class WordCache {
 public:
  static constexpr std::size_t kMaxBytes = 16;  // longer words are not cached
  static constexpr std::size_t kMaxIds = 2;     // nor are words of more ids

  // A word and its model in a form that is hashed and compared at once.
  struct Key {
    std::uint64_t low, high;
    std::uint32_t length_and_model;
  };
  struct alignas(32) Entry {
    std::uint64_t low = 0, high = 0;
    std::uint32_t length_and_model = 0;  // 0: free
    std::uint32_t count = 0;
    std::array<std::int32_t, kMaxIds> ids{};

    bool Holds(const Key& key) const {
      return ((low ^ key.low) | (high ^ key.high) | (length_and_model ^ key.length_and_model)) == 0;
    }
  };

  // `word` has 1 to kMaxBytes bytes; `model` numbers the models of the process, from 1.
  static Key MakeKey(std::string_view word, std::uint32_t model) {
    const char* p = word.data();
    const std::size_t n = word.size();
    Key key{0, 0, model << 5 | static_cast<std::uint32_t>(n)};
    if (n >= 8) {  // the two halves may overlap
      std::memcpy(&key.low, p, 8);
      std::memcpy(&key.high, p + n - 8, 8);
    } else if (n >= 4) {
      std::memcpy(&key.low, p, 4);
      std::memcpy(&key.high, p + n - 4, 4);
    } else {
      key.low = static_cast<unsigned char>(p[0]) | static_cast<unsigned char>(p[n / 2]) << 8 |
                static_cast<unsigned char>(p[n - 1]) << 16;
    }
    return key;
  }

  // The one place where `key` may be.
  Entry& Slot(const Key& key) {
    const std::uint64_t hash =
        (key.low * 0x9E3779B97F4A7C15u) ^ (key.high * 0xC2B2AE3D27D4EB4Fu) ^ key.length_and_model;
    return entries_[(hash * 0x9E3779B97F4A7C15u) >> (64 - kBits)];
  }

  static WordCache& OfThisThread() {
    thread_local const auto cache = std::make_unique<WordCache>();
    return *cache;
  }

 private:
  static constexpr int kBits = 13;
  std::array<Entry, 1 << kBits> entries_;
};

}  // namespace densenode
