// 64 bytes of text at once: which of them are of a kind, as bits from the lowest. Words of ASCII text are
// found by these.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace densenode {

class AsciiBlock {
 public:
  static constexpr std::size_t kBytes = 64;

  // The first `bytes` bytes at `text`, at most 64, then zeros.
  AsciiBlock(const char* text, std::size_t bytes) {
    if (bytes == kBytes) {
      std::memcpy(parts_, text, kBytes);
    } else {
      std::memset(parts_, 0, kBytes);
      std::memcpy(parts_, text, bytes);
    }
  }

  // Bytes from 0x80 on.
  std::uint64_t NonAscii() const {
    return Collect([](Part bytes) { return SignBits(bytes); });
  }

  // Bytes in [low, low + count), where low + count <= 128.
  std::uint64_t InRange(char low, char count) const {
    return Collect([=](Part bytes) { return Below(Subtract(bytes, low), count); });
  }

  // With A to Z in lower case.
  AsciiBlock Lowercase() const {
    AsciiBlock result(*this);
    for (Part& part : result.parts_) part = Lowercase(part);
    return result;
  }

  void Store(char* out, std::size_t bytes) const { std::memcpy(out, parts_, bytes); }

 private:
#ifdef __AVX512BW__
  using Part = __m512i;
  static Part Subtract(Part bytes, char low) { return _mm512_sub_epi8(bytes, _mm512_set1_epi8(low)); }
  static std::uint64_t SignBits(Part bytes) { return _mm512_movepi8_mask(bytes); }
  static std::uint64_t Below(Part bytes, char count) {
    return _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(count));
  }
  static Part Lowercase(Part bytes) {
    return _mm512_mask_add_epi8(bytes, Below(Subtract(bytes, 'A'), 26), bytes, _mm512_set1_epi8(32));
  }
  template <typename Bits>
  std::uint64_t Collect(Bits bits) const {
    return bits(parts_[0]);
  }
#else
  using Part = __m256i;
  static Part Subtract(Part bytes, char low) { return _mm256_sub_epi8(bytes, _mm256_set1_epi8(low)); }
  static std::uint64_t SignBits(Part bytes) {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(bytes));
  }
  static Part BytesBelow(Part bytes, char count) {  // unsigned: those that are their minimum with count - 1
    return _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(static_cast<char>(count - 1))), bytes);
  }
  static std::uint64_t Below(Part bytes, char count) { return SignBits(BytesBelow(bytes, count)); }
  static Part Lowercase(Part bytes) {
    const Part upper = BytesBelow(Subtract(bytes, 'A'), 26);
    return _mm256_add_epi8(bytes, _mm256_and_si256(upper, _mm256_set1_epi8(32)));
  }
  template <typename Bits>
  std::uint64_t Collect(Bits bits) const {
    return bits(parts_[0]) | bits(parts_[1]) << 32;
  }
#endif

  Part parts_[kBytes / sizeof(Part)];
};

}  // namespace densenode
