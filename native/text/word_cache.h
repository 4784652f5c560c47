// A small cache of one thread: short words and the ids that a model made of them. Texts repeat few words very
// often, and one probe here replaces a walk through the trie of the whole vocabulary.
#pragma once

#include <immintrin.h>

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
  static constexpr std::size_t kMaxIds = 4;     // nor are words of more ids

  // A word and its model in a form that is hashed and compared at once.
  struct Key {
    std::uint64_t low, high;
    std::uint32_t length_and_model;
  };
  struct Entry {
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
    const std::size_t n = word.size();
    const __m128i bytes = Load(word.data(), n);
    return {static_cast<std::uint64_t>(_mm_cvtsi128_si64(bytes)),
            static_cast<std::uint64_t>(_mm_extract_epi64(bytes, 1)),
            model << 5 | static_cast<std::uint32_t>(n)};
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
  // The first n bytes at p, then zeros. Reads 16 bytes where these lie in one page of memory, so none is
  // missing.
  __attribute__((no_sanitize("address"))) static __m128i Load(const char* p, std::size_t n) {
    alignas(32) static constexpr std::array<char, 32> kMask = [] {
      std::array<char, 32> mask{};
      for (int i = 0; i < 16; ++i) mask[i] = -1;
      return mask;
    }();
    if ((reinterpret_cast<std::uintptr_t>(p) & 4095) <= 4096 - 16) {
      return _mm_and_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)),
                           _mm_loadu_si128(reinterpret_cast<const __m128i*>(kMask.data() + 16 - n)));
    }
    alignas(16) char copy[16] = {};
    std::memcpy(copy, p, n);
    return _mm_load_si128(reinterpret_cast<const __m128i*>(copy));
  }

  static constexpr int kBits = 15;
  std::array<Entry, 1 << kBits> entries_;
};

}  // namespace densenode
