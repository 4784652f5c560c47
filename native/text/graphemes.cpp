#include "text/graphemes.h"

#include <cstdint>

#include "text/utf8.h"

namespace densenode {
namespace {

#include "text/grapheme_table.inc"

// Grapheme_Cluster_Break, with Extended_Pictographic and Indic_Conjunct_Break=Consonant where it is Other.
// The values and the two bits beside them are those of scripts/unicode/generate_grapheme_table.py.
enum Category : std::uint8_t {
  kAny,
  kCr,
  kControl,
  kExtend,
  kPictographic,
  kConsonant,
  kL,
  kLf,
  kLv,
  kLvt,
  kPrepend,
  kRegional,
  kSpacingMark,
  kT,
  kV,
  kZwj,
};
constexpr std::uint8_t kConjunctExtend = 0x40, kConjunctLinker = 0x80, kCategoryBits = 0x0F;

std::uint8_t Classes(char32_t c) { return kGraphemeBlocks[kGraphemeIndex[c >> 7] << 7 | (c & 127)]; }

bool IsControl(Category c) { return c == kControl || c == kCr || c == kLf; }

// What a cluster so far holds for the rules that look further back than one character.
class Context {
 public:
  void Add(std::uint8_t classes) {
    const auto category = static_cast<Category>(classes & kCategoryBits);
    odd_regionals_ = category == kRegional && !odd_regionals_;
    if (category == kPictographic) {
      emoji_ = Emoji::kPictographic;
    } else if (category == kZwj && emoji_ == Emoji::kPictographic) {
      emoji_ = Emoji::kJoiner;
    } else if (category != kExtend || emoji_ != Emoji::kPictographic) {
      emoji_ = Emoji::kNone;
    }
    if (category == kConsonant) {
      conjunct_ = Conjunct::kConsonant;
    } else if (classes & kConjunctLinker) {
      if (conjunct_ == Conjunct::kConsonant) conjunct_ = Conjunct::kLinked;
    } else if (!(classes & kConjunctExtend)) {
      conjunct_ = Conjunct::kNone;
    }
  }

  // Whether there is no boundary between characters of these categories, of which `before` was added last.
  bool Joins(Category before, Category after) const {
    if (before == kCr && after == kLf) return true;           // GB3
    if (IsControl(before) || IsControl(after)) return false;  // GB4, GB5
    if (before == kL && (after == kL || after == kV || after == kLv || after == kLvt)) return true;  // GB6
    if ((before == kLv || before == kV) && (after == kV || after == kT)) return true;                // GB7
    if ((before == kLvt || before == kT) && after == kT) return true;                                // GB8
    if (after == kExtend || after == kZwj || after == kSpacingMark) return true;  // GB9, GB9a
    if (before == kPrepend) return true;                                          // GB9b
    if (after == kConsonant) return conjunct_ == Conjunct::kLinked;               // GB9c
    if (after == kPictographic) return emoji_ == Emoji::kJoiner;                  // GB11
    return before == kRegional && after == kRegional && odd_regionals_;           // GB12, GB13
  }

 private:
  enum class Emoji { kNone, kPictographic, kJoiner } emoji_ = Emoji::kNone;
  enum class Conjunct { kNone, kConsonant, kLinked } conjunct_ = Conjunct::kNone;
  bool odd_regionals_ = false;
};

}  // namespace

std::size_t GraphemeLength(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  std::uint8_t before = Classes(DecodeUtf8(&p));
  Context context;
  context.Add(before);
  while (p < end) {
    const char* next = p;
    const std::uint8_t after = Classes(DecodeUtf8(&next));
    if (!context.Joins(static_cast<Category>(before & kCategoryBits),
                       static_cast<Category>(after & kCategoryBits)))
      break;
    context.Add(after);
    before = after;
    p = next;
  }
  return p - text.data();
}

}  // namespace densenode
