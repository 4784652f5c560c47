#include "text/unicode.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>

namespace densenode::unicode {
namespace {

struct Composition {
  char32_t first, second, composed;
};

#include "text/unicode_tables.inc"

constexpr int kBlockShift = 7;

// A mapping of code points to short strings: `keys` holds code point * 32 + length in order, `pool` the
// strings.
template <std::size_t kCount>
class Mapping {
 public:
  constexpr Mapping(const std::uint32_t (&keys)[kCount], const char32_t* pool) : keys_(keys), pool_(pool) {
    std::uint16_t offset = 0;
    for (std::size_t i = 0; i < kCount; ++i) {
      offsets_[i] = offset;
      offset += keys[i] % 32;
    }
  }

  // The string of a code point that is known to be mapped.
  std::u32string_view operator[](char32_t c) const {
    const auto* key = std::lower_bound(keys_, keys_ + kCount, static_cast<std::uint32_t>(c) * 32);
    return {pool_ + offsets_[key - keys_], *key % 32};
  }

 private:
  const std::uint32_t* keys_;
  const char32_t* pool_;
  std::array<std::uint16_t, kCount> offsets_{};
};

constexpr Mapping kCanonical(kCanonicalKeys, kCanonicalPool);
constexpr Mapping kCompatibility(kCompatibilityKeys, kCompatibilityPool);
constexpr Mapping kLowercase(kLowercaseKeys, kLowercasePool);

// The arithmetic of Hangul syllables: the Unicode Standard, section 3.12.
constexpr char32_t kHangulS = 0xAC00, kHangulL = 0x1100, kHangulV = 0x1161, kHangulT = 0x11A7;
constexpr char32_t kHangulLCount = 19, kHangulVCount = 21, kHangulTCount = 28;
constexpr char32_t kHangulSCount = kHangulLCount * kHangulVCount * kHangulTCount;

void AppendDecomposed(char32_t c, bool compatibility, std::u32string* out) {
  if (IsHangulSyllable(c)) {
    const char32_t s = c - kHangulS;
    out->push_back(kHangulL + s / (kHangulVCount * kHangulTCount));
    out->push_back(kHangulV + s / kHangulTCount % kHangulVCount);
    if (s % kHangulTCount != 0) out->push_back(kHangulT + s % kHangulTCount);
    return;
  }
  const std::uint16_t properties = Properties(c);
  if (compatibility && (properties & kHasCompatibility)) {
    out->append(kCompatibility[c]);
  } else if (properties & kHasCanonical) {
    out->append(kCanonical[c]);
  } else {
    out->push_back(c);
  }
}

// Sorts each run of characters with a combining class by that class, keeping the order within a class.
void OrderMarks(std::u32string* text) {
  for (std::size_t i = 0; i < text->size(); ++i) {
    if (CombiningClass((*text)[i]) == 0) continue;
    std::size_t end = i + 1;
    while (end < text->size() && CombiningClass((*text)[end]) != 0) ++end;
    if (end - i > 1) {
      std::stable_sort(text->begin() + i, text->begin() + end,
                       [](char32_t a, char32_t b) { return CombiningClass(a) < CombiningClass(b); });
    }
    i = end - 1;
  }
}

void Decompose(std::u32string_view text, bool compatibility, std::u32string* out) {
  out->clear();
  for (char32_t c : text) AppendDecomposed(c, compatibility, out);
  OrderMarks(out);
}

// The composition of two characters, or 0.
char32_t ComposePair(char32_t a, char32_t b) {
  if (a - kHangulL < kHangulLCount && b - kHangulV < kHangulVCount) {
    return kHangulS + ((a - kHangulL) * kHangulVCount + (b - kHangulV)) * kHangulTCount;
  }
  if (IsHangulSyllable(a) && (a - kHangulS) % kHangulTCount == 0 && b > kHangulT &&
      b < kHangulT + kHangulTCount) {
    return a + (b - kHangulT);
  }
  const auto* found = std::lower_bound(
      std::begin(kCompositions), std::end(kCompositions), std::tuple(a, b),
      [](const Composition& entry, const auto& key) { return std::tuple(entry.first, entry.second) < key; });
  const bool hit = found != std::end(kCompositions) && found->first == a && found->second == b;
  return hit ? found->composed : 0;
}

std::u32string Compose(std::u32string_view decomposed) {
  std::u32string out;
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t starter = kNone;  // where the last starter stands in `out`
  int last_class = -1;          // class of the last mark kept after the starter, -1 for none
  for (char32_t c : decomposed) {
    const int combining_class = CombiningClass(c);
    if (starter != kNone && last_class < combining_class) {
      if (const char32_t composed = ComposePair(out[starter], c)) {
        out[starter] = composed;
        continue;
      }
    }
    if (combining_class == 0) {
      starter = out.size();
      last_class = -1;
    } else if (starter != kNone) {
      last_class = combining_class;
    }
    out.push_back(c);
  }
  return out;
}

}  // namespace

std::uint16_t Properties(char32_t c) {
  return kPropertyBlocks[kPropertyIndex[c >> kBlockShift] << kBlockShift | (c & ((1 << kBlockShift) - 1))];
}

std::uint8_t CombiningClass(char32_t c) {
  return kClassBlocks[kClassIndex[c >> kBlockShift] << kBlockShift | (c & ((1 << kBlockShift) - 1))];
}

std::uint8_t Script(char32_t c) {
  return kScriptBlocks[kScriptIndex[c >> kBlockShift] << kBlockShift | (c & ((1 << kBlockShift) - 1))];
}

bool IsHangulSyllable(char32_t c) { return c - kHangulS < kHangulSCount; }

void AppendLowercase(char32_t c, std::u32string* out) {
  if (c < 0x80) {
    out->push_back(c - U'A' < 26 ? c + 32 : c);
  } else if (Has(c, kHasLowercase)) {
    out->append(kLowercase[c]);
  } else {
    out->push_back(c);
  }
}

void DecomposeCanonically(std::u32string_view text, std::u32string* out) { Decompose(text, false, out); }

std::u32string Normalize(std::u32string_view text, Form form) {
  std::u32string decomposed;
  Decompose(text, form == Form::kNfkd || form == Form::kNfkc, &decomposed);
  return form == Form::kNfc || form == Form::kNfkc ? Compose(decomposed) : decomposed;
}

}  // namespace densenode::unicode
