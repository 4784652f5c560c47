// Scores against bm25s and scikit-learn.
#include "lexical/scoring.h"

#include <limits>

#include "lexical_fixture.h"

namespace densenode::test {
namespace {

// Every document and its score in the reference; only those that have a word of the query with some weight
// are found.
void ExpectScores(const LexicalIndex::Options& options, const Json& expected) {
  const auto documents = References()["documents"].get<std::vector<std::string>>();
  const auto queries = References()["queries"].get<std::vector<std::string>>();
  const auto index = LexicalIndex::Create(options);
  Add(index, documents);
  const std::size_t k = documents.size();
  const Hits all = Search(index, queries, k);
  const Hits ten = Search(index, queries, 10);
  std::size_t found = 0;
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const auto scores = expected[q].get<std::vector<double>>();
    std::vector<bool> seen(k);
    for (std::size_t rank = 0; rank < k && all.ids[q * k + rank] >= 0; ++rank, ++found) {
      const auto id = static_cast<std::size_t>(all.ids[q * k + rank]);
      const float score = all.scores[q * k + rank];
      EXPECT_NEAR(score, scores[id], 1e-5 * std::fmax(1, scores[id])) << queries[q] << " / " << documents[id];
      EXPECT_FALSE(seen[id]);
      seen[id] = true;
      EXPECT_TRUE(rank == 0 || score <= all.scores[q * k + rank - 1]);
      if (rank < 10) {
        EXPECT_EQ(ten.ids[q * 10 + rank], all.ids[q * k + rank]);
        EXPECT_EQ(ten.scores[q * 10 + rank], score);
      }
    }
    // What was not found has the score of a document without any word of the query.
    const double least = *std::min_element(scores.begin(), scores.end());
    for (std::size_t id = 0; id < k; ++id)
      EXPECT_TRUE(seen[id] || scores[id] <= least + 1e-6) << queries[q] << " / " << documents[id];
  }
  EXPECT_GT(found, queries.size());
}

TEST(Scoring, Bm25EqualsBm25s) {
  ASSERT_EQ(References()["bm25"].size(), 10u);
  for (const Json& set : References()["bm25"]) {
    SCOPED_TRACE(set["variant"].get<std::string>());
    Scoring::Options scoring;
    scoring.variant = ParseBm25Variant(set["variant"].get<std::string>());
    scoring.k1 = set["k1"].get<double>();
    scoring.b = set["b"].get<double>();
    scoring.delta = set["delta"].get<double>();
    ExpectScores(Plain(scoring), set["scores"]);
  }
}

TEST(Scoring, TfidfEqualsScikitLearn) {
  ASSERT_EQ(References()["tfidf"].size(), 2u);
  for (const Json& set : References()["tfidf"]) {
    Scoring::Options scoring;
    scoring.kind = Scoring::Kind::kTfidf;
    scoring.sublinear_tf = set["sublinearTf"].get<bool>();
    ExpectScores(Plain(scoring), set["scores"]);
  }
}

TEST(Scoring, ParametersOutOfRangeAreRefused) {
  const auto with = [](double k1, double b, double delta) {
    Scoring::Options options;
    options.k1 = k1;
    options.b = b;
    options.delta = delta;
    return options;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_ERROR(Scoring(with(-1, 0, 0)), ErrorCode::kInvalidArgument, "k1");
  EXPECT_ERROR(Scoring(with(nan, 0, 0)), ErrorCode::kInvalidArgument, "k1");
  EXPECT_ERROR(Scoring(with(1, 1.01, 0)), ErrorCode::kInvalidArgument, "b");
  EXPECT_ERROR(Scoring(with(1, nan, 0)), ErrorCode::kInvalidArgument, "b");
  EXPECT_ERROR(Scoring(with(1, 1, -0.1)), ErrorCode::kInvalidArgument, "delta");
  EXPECT_ERROR(ParseBm25Variant("bm25"), ErrorCode::kInvalidArgument, "lucene, robertson");
}

// 0 / 0 in the formulas.
TEST(Scoring, WithoutK1AndDeltaScoresStayNumbers) {
  for (const char* variant : {"lucene", "robertson", "atire", "bm25l", "bm25+"}) {
    for (double b : {0.0, 1.0}) {
      Scoring::Options scoring;
      scoring.variant = ParseBm25Variant(variant);
      scoring.k1 = scoring.delta = 0;
      scoring.b = b;
      const auto index = LexicalIndex::Create(Plain(scoring));
      Add(index, {"a b", "b c", "", "d", "e"});
      const Hits hits = Search(index, {"a b c"}, 5);
      for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_FALSE(std::isnan(hits.scores[i])) << variant;
        EXPECT_TRUE(hits.ids[i] < 0 || hits.scores[i] > 0) << variant;
      }
    }
  }
}

}  // namespace
}  // namespace densenode::test
