// Facts of the character tables that a wrong table would break. The tables as a whole are compared with the
// official library by test/parity/tokenizer_parity.py.
#include "text/unicode.h"

#include <gtest/gtest.h>

namespace densenode::unicode {
namespace {

TEST(Unicode, Properties) {
  EXPECT_TRUE(Has(U' ', kWhitespace));
  EXPECT_TRUE(Has(U'\u3000', kWhitespace));
  EXPECT_FALSE(Has(U'\u200B', kWhitespace));
  EXPECT_TRUE(Has(U'$', kPunctuation));
  EXPECT_TRUE(Has(U'\u2014', kPunctuation));
  EXPECT_FALSE(Has(U'\u20AC', kPunctuation));  // a symbol outside ASCII
  EXPECT_TRUE(Has(U'\0', kControl));
  EXPECT_FALSE(Has(U'\t', kControl));
  EXPECT_TRUE(Has(U'\uFFFD', kControl));
  EXPECT_TRUE(Has(U'\u0301', kNonspacingMark));
  EXPECT_TRUE(Has(U'\u00BD', kNumeric));
  EXPECT_TRUE(Has(U'_', kWord));
  EXPECT_TRUE(Has(U'\u5317', kCjk));
  EXPECT_FALSE(Has(U'\u3042', kCjk));
  EXPECT_EQ(Properties(U'\U0010FFFF') & kWord, 0);
}

TEST(Unicode, Lowercase) {
  auto lower = [](char32_t c) {
    std::u32string out;
    AppendLowercase(c, &out);
    return out;
  };
  EXPECT_EQ(lower(U'Z'), U"z");
  EXPECT_EQ(lower(U'['), U"[");
  EXPECT_EQ(lower(U'\u0130'), U"i\u0307");
  EXPECT_EQ(lower(U'\u03A3'), U"\u03C3");
  EXPECT_EQ(lower(U'\U00010400'), U"\U00010428");
}

TEST(Unicode, NormalizationForms) {
  EXPECT_EQ(Normalize(U"\u1E69", Form::kNfd), U"s\u0323\u0307");
  EXPECT_EQ(Normalize(U"s\u0307\u0323", Form::kNfc), U"\u1E69");
  EXPECT_EQ(Normalize(U"s\u0307\u0323", Form::kNfd), U"s\u0323\u0307");  // marks put in order
  EXPECT_EQ(Normalize(U"\uD55C\uAC01", Form::kNfd), U"\u1112\u1161\u11AB\u1100\u1161\u11A8");
  EXPECT_EQ(Normalize(U"\u1112\u1161\u11AB", Form::kNfc), U"\uD55C");
  EXPECT_EQ(Normalize(U"\uFB01\u2460", Form::kNfkc), U"fi1");
  EXPECT_EQ(Normalize(U"\u0958", Form::kNfc), U"\u0915\u093C");  // excluded from composition
  EXPECT_EQ(Normalize(U"", Form::kNfkd), U"");
}

}  // namespace
}  // namespace densenode::unicode
