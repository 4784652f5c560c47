#include "lexical/analyzer.h"

#include "lexical_fixture.h"

namespace densenode::test {
namespace {

std::vector<std::string> Analyze(const AnalyzerOptions& options, const std::string& text) {
  const Analyzer analyzer(options);
  Analyzer::Session session(analyzer);
  std::vector<std::string> words;
  for (std::uint32_t term : session.Analyze(text)) words.emplace_back(session.terms()[term]);
  return words;
}

using Strings = std::vector<std::string>;

TEST(Words, AreCutAsUnicodeSays) {
  const AnalyzerOptions plain;
  const auto words = [&](const std::string& text) { return Analyze(plain, text); };
  EXPECT_EQ(words(""), Strings());
  EXPECT_EQ(words(" .,;'!? \t\n"), Strings());
  EXPECT_EQ(words("Hello, World!"), (Strings{"hello", "world"}));
  EXPECT_EQ(words("don't 'quoted' dogs' o'clock rock'n'roll"),
            (Strings{"don't", "quoted", "dogs", "o'clock", "rock'n'roll"}));
  EXPECT_EQ(words("don\u2019t"), Strings{"don't"}) << "one apostrophe for both";
  EXPECT_EQ(words("3.14 1,234,567.89 1. .5 5,a a.b v1.2"),
            (Strings{"3.14", "1,234,567.89", "1", "5", "5", "a", "a", "b", "v1.2"}));
  EXPECT_EQ(words("foo_bar __init__ _ x2 2x"), (Strings{"foo_bar", "__init__", "x2", "2x"}));
  EXPECT_EQ(words("state-of-the-art a/b"), (Strings{"state", "of", "the", "art", "a", "b"}));
  EXPECT_EQ(words("日本語 text中文"), (Strings{"日", "本", "語", "text", "中", "文"}));
  EXPECT_EQ(words("ЁЛКА Ünïcode ΣΊΣΥΦΟΣ"), (Strings{"ёлка", "ünïcode", "σίσυφοσ"}));
  EXPECT_EQ(words("नमस्ते दुनिया"), (Strings{"नमस्ते", "दुनिया"})) << "marks belong to their letters";
  EXPECT_EQ(words("😀 happy😀sad"), (Strings{"happy", "sad"}));
  EXPECT_EQ(words("cafe\u0301"), words("caf\u00e9")) << "canonically equal texts have equal words";
  EXPECT_EQ(words("İstanbul"), Strings{"i\u0307stanbul"}) << "lower case may be longer";
}

TEST(Words, LongOnesAreCut) {
  const std::string longest(255, 'a');
  EXPECT_EQ(Analyze({}, longest + "b c"), (Strings{longest, "b", "c"}));
  AnalyzerOptions options;
  options.words = WordRule::kWhitespace;
  EXPECT_EQ(Analyze(options, longest + "b c"), (Strings{longest, "b", "c"}));
  std::string wide;
  for (int i = 0; i < 256; ++i) wide += "ö";
  EXPECT_EQ(Analyze({}, wide), (Strings{wide.substr(0, 510), "ö"})) << "characters, not bytes";
}

TEST(Words, BetweenWhitespaceStayAsTheyAre) {
  AnalyzerOptions options;
  options.words = WordRule::kWhitespace;
  options.lowercase = false;
  EXPECT_EQ(Analyze(options, " A.b\tdon\u2019t\u3000!? \n cafe\u0301 "),
            (Strings{"A.b", "don\u2019t", "!?", "cafe\u0301"}));
}

TEST(Analyzer, StopWordsAreComparedInLowerCaseBeforeStemming) {
  AnalyzerOptions options;
  options.stopwords = {"the", "running"};
  options.stemmer = "english";
  EXPECT_EQ(Analyze(options, "The RUNNING run runs"), (Strings{"run", "run"}));
  options.lowercase = false;
  options.stemmer = "";
  EXPECT_EQ(Analyze(options, "The the"), Strings{"The"});
}

TEST(Analyzer, ShortWordsAreCountedInCharacters) {
  AnalyzerOptions options;
  options.min_token_length = 3;
  EXPECT_EQ(Analyze(options, "a ab abc öä öäü"), (Strings{"abc", "öäü"}));
}

TEST(Analyzer, StemsEqualPyStemmer) {
  ASSERT_EQ(References()["stems"].size(), 28u);
  for (const auto& [language, stems] : References()["stems"].items()) {
    AnalyzerOptions options;
    options.stemmer = language;
    for (const auto& [word, stem] : stems.items())
      EXPECT_EQ(Analyze(options, word), Strings{stem.get<std::string>()}) << language << " " << word;
  }
}

TEST(Analyzer, UnknownStemmersAreRefusedWithTheNames) {
  AnalyzerOptions options;
  options.stemmer = "klingon";
  EXPECT_ERROR(Analyzer{options}, ErrorCode::kInvalidArgument, "english, ");
}

TEST(Analyzer, ASessionNumbersTheSameWordTheSame) {
  const Analyzer analyzer({});
  Analyzer::Session session(analyzer);
  const auto first = session.Analyze("b a B");
  EXPECT_EQ(first, (std::vector<std::uint32_t>{0, 1, 0}));
  EXPECT_EQ(session.Analyze("c a"), (std::vector<std::uint32_t>{2, 1}));
}

}  // namespace
}  // namespace densenode::test
