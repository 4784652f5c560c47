// The index against a model that keeps every document and counts in double precision.
#include "lexical/lexical_index.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <sstream>
#include <thread>

#include "lexical_fixture.h"

namespace densenode::test {
namespace {

std::vector<std::string> Split(const std::string& text) {
  std::istringstream words(text);
  return {std::istream_iterator<std::string>(words), {}};
}

struct Model {
  Scoring scoring;
  std::vector<std::pair<std::int64_t, std::string>> documents;  // in the order of adding

  explicit Model(const Scoring::Options& options) : scoring(options) {}

  void Remove(std::int64_t id) {
    std::erase_if(documents, [&](const auto& document) { return document.first == id; });
  }

  // Scores of all documents, in their order; what has no word of the query is missing.
  std::map<std::int64_t, double> Scores(const std::string& query) const {
    std::vector<std::map<std::string, double>> counts;
    std::map<std::string, double> df, wanted;
    double total = 0;
    std::vector<double> lengths;
    for (const auto& [id, text] : documents) {
      const auto words = Split(text);
      auto& count = counts.emplace_back();
      for (const auto& word : words) ++count[word];
      for (const auto& [word, _] : count) ++df[word];
      lengths.push_back(static_cast<double>(words.size()));
      total += lengths.back();
    }
    for (const auto& word : Split(query)) ++wanted[word];
    const double n = static_cast<double>(documents.size()), average = total / n;
    const auto value = [&](const std::string& word, double tf) {
      return scoring.Idf(df[word], n) * scoring.Impact(tf, 1, 1);
    };
    double query_square = 0, constant = 0;
    for (const auto& [word, count] : wanted) {
      if (df[word] == 0) continue;
      query_square += scoring.normalizes() ? std::pow(value(word, count), 2) : 0;
      constant += count * scoring.Idf(df[word], n) * scoring.Absent();
    }
    std::map<std::int64_t, double> scores;
    for (std::size_t d = 0; d < documents.size(); ++d) {
      double score = 0, square = 0;
      for (const auto& [word, tf] : counts[d]) {
        if (scoring.normalizes()) square += std::pow(value(word, tf), 2);
        const auto found = wanted.find(word);
        if (found == wanted.end()) continue;
        score += scoring.normalizes()
                     ? value(word, tf) * value(word, found->second)
                     : found->second * scoring.Idf(df[word], n) * scoring.Impact(tf, lengths[d], average);
      }
      if (score > 0) {
        scores[documents[d].first] =
            scoring.normalizes() ? score / std::sqrt(square * query_square) : score + constant;
      }
    }
    return scores;
  }
};

void ExpectEqual(const std::shared_ptr<LexicalIndex>& index, const Model& model, const std::string& query,
                 std::size_t k) {
  const auto scores = model.Scores(query);
  const Hits hits = Search(index, {query}, k);
  std::vector<double> sorted;
  for (const auto& [id, score] : scores) sorted.push_back(score);
  std::sort(sorted.rbegin(), sorted.rend());
  for (std::size_t rank = 0; rank < k; ++rank) {
    if (rank >= sorted.size()) {
      EXPECT_EQ(hits.ids[rank], -1);
      EXPECT_EQ(hits.scores[rank], -std::numeric_limits<float>::infinity());
      continue;
    }
    ASSERT_TRUE(scores.contains(hits.ids[rank])) << query;
    EXPECT_NEAR(hits.scores[rank], scores.at(hits.ids[rank]), 1e-5 * std::fmax(1, sorted[rank])) << query;
    EXPECT_NEAR(hits.scores[rank], sorted[rank], 1e-5 * std::fmax(1, sorted[rank])) << query;
  }
}

TEST(LexicalIndex, StaysEqualToAModelThroughAddsAndRemovals) {
  for (const Scoring::Options& scoring : AllScorings()) {
    RandomTexts texts(7);
    const auto index = LexicalIndex::Create(Plain(scoring));
    Model model(scoring);
    std::int64_t next = 0;
    for (int step = 0; step < 60; ++step) {
      const auto choose = [&](int from, int to) {
        return std::uniform_int_distribution(from, to)(texts.random());
      };
      if (step % 3 != 2) {
        std::vector<std::string> added;
        std::vector<std::int64_t> ids;
        const bool own = step % 2 == 0;
        for (int n = choose(1, step % 5 == 0 ? 60 : 6); n > 0; --n) {
          added.push_back(texts.Next(30));
          ids.push_back(next);
          next += own ? choose(1, 3) : 1;
        }
        if (own) std::shuffle(ids.begin(), ids.end(), texts.random());
        next = *std::max_element(ids.begin(), ids.end()) + 1;
        for (std::size_t i = 0; i < ids.size(); ++i) model.documents.emplace_back(ids[i], added[i]);
        Add(index, added, own ? ids : std::vector<std::int64_t>());
      } else {
        std::vector<std::int64_t> ids{-5, next + 10};
        std::size_t there = 0;
        for (int n = choose(1, 20); n > 0 && !model.documents.empty(); --n) {
          const auto id = model
                              .documents[static_cast<std::size_t>(
                                  choose(0, static_cast<int>(model.documents.size()) - 1))]
                              .first;
          ids.push_back(id);
          ids.push_back(id);
          model.Remove(id);
          ++there;
        }
        EXPECT_EQ(index->Remove(ids), there);
      }
      ASSERT_EQ(index->count(), model.documents.size());
      for (int q = 0; q < 4; ++q)
        ExpectEqual(index, model, texts.Next(8), static_cast<std::size_t>(choose(1, 40)));
    }
  }
}

TEST(LexicalIndex, AfterRemovalsEqualsOneThatNeverHadThem) {
  for (const Scoring::Options& scoring : AllScorings()) {
    RandomTexts texts(11);
    const auto changed = LexicalIndex::Create(Plain(scoring)), fresh = LexicalIndex::Create(Plain(scoring));
    std::vector<std::string> all, kept;
    std::vector<std::int64_t> removed, ids;
    for (int i = 0; i < 500; ++i) {
      all.push_back(texts.Next(20));
      if (i % 3 == 0) {
        removed.push_back(i);
      } else {
        kept.push_back(all.back());
        ids.push_back(i);
      }
    }
    Add(changed, all);
    EXPECT_EQ(changed->Remove(removed), removed.size());
    Add(fresh, kept, ids);
    for (int q = 0; q < 50; ++q) {
      const std::string query = texts.Next(6);
      const Hits a = Search(changed, {query}, 50), b = Search(fresh, {query}, 50);
      EXPECT_EQ(a.ids, b.ids);
      EXPECT_EQ(a.scores, b.scores) << "bit for bit";
    }
  }
}

// Pruning skips most of the work here, and the documents lie in two segments.
TEST(LexicalIndex, TheBestOfManyAreThoseOfAll) {
  for (const Scoring::Options& scoring : AllScorings()) {
    RandomTexts texts(3, 5000);
    const auto index = LexicalIndex::Create(Plain(scoring));
    std::vector<std::string> all;
    for (int i = 0; i < 70'000; ++i) all.push_back(texts.Next(12));
    Add(index, all);
    for (int q = 0; q < 20; ++q) {
      const std::string query = texts.Next(10);
      const Hits exhaustive = Search(index, {query}, all.size());
      for (std::size_t k : {1, 10, 100}) {
        const Hits best = Search(index, {query}, k);
        EXPECT_TRUE(std::equal(best.ids.begin(), best.ids.end(), exhaustive.ids.begin())) << query;
        EXPECT_TRUE(std::equal(best.scores.begin(), best.scores.end(), exhaustive.scores.begin())) << query;
      }
    }
  }
}

TEST(LexicalIndex, EqualScoresStandInTheOrderOfAdding) {
  const auto index = LexicalIndex::Create(Plain());
  Add(index, {"a b", "c", "b a", "a b"}, {40, 30, 20, 10});
  Add(index, {"a b"}, {5});
  EXPECT_EQ(Search(index, {"a b"}, 3).ids, (std::vector<std::int64_t>{40, 20, 10}));
  EXPECT_EQ(Search(index, {"b"}, 5).ids, (std::vector<std::int64_t>{40, 20, 10, 5, -1}));
}

TEST(LexicalIndex, AnEmptyOneFindsNothing) {
  const auto index = LexicalIndex::Create(Plain());
  EXPECT_EQ(Search(index, {"a", ""}, 2).ids, (std::vector<std::int64_t>{-1, -1, -1, -1}));
  Add(index, {});
  EXPECT_EQ(index->count(), 0u);
  Add(index, {"", ""});
  EXPECT_EQ(index->count(), 2u);
  EXPECT_EQ(Search(index, {"a", ""}, 1).ids, (std::vector<std::int64_t>{-1, -1}));
  EXPECT_EQ(index->Remove(std::vector<std::int64_t>{0, 1}), 2u);
  EXPECT_EQ(index->count(), 0u);
  Add(index, {"a"});
  EXPECT_EQ(Search(index, {"a"}, 1).ids, std::vector<std::int64_t>{2}) << "ids are not given twice";
}

TEST(LexicalIndex, IdsThatCannotBeTakenAreRefusedAndNothingIsAdded) {
  const auto index = LexicalIndex::Create(Plain());
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
  Add(index, {"a", "b"}, {7, 3});
  EXPECT_ERROR(Add(index, {"x", "y"}, {9, 3}), ErrorCode::kInvalidArgument, "id 3 is already in the index");
  EXPECT_ERROR(Add(index, {"x", "y"}, {9, 9}), ErrorCode::kInvalidArgument, "id 9 is given more than once");
  EXPECT_ERROR(Add(index, {"x"}, {-1}), ErrorCode::kInvalidArgument, "but got -1");
  EXPECT_ERROR(Add(index, {"x"}, {kLargest}), ErrorCode::kInvalidArgument, "ids must be");
  EXPECT_ERROR(Add(index, {"x"}, {1, 2}), ErrorCode::kInvalidArgument, "2 ids for 1");
  EXPECT_EQ(index->count(), 2u);
  EXPECT_EQ(Search(index, {"x y"}, 1).ids, std::vector<std::int64_t>{-1});
  Add(index, {"x"}, {kLargest - 1});
  EXPECT_ERROR(Add(index, {"y"}), ErrorCode::kInvalidArgument, "no free ids");
  EXPECT_EQ(index->Remove(std::vector<std::int64_t>{3}), 1u);
  Add(index, {"again"}, {3});
  EXPECT_EQ(Search(index, {"again"}, 1).ids, std::vector<std::int64_t>{3});
}

TEST(LexicalIndex, KOutOfRangeIsRefused) {
  const auto index = LexicalIndex::Create(Plain());
  std::int64_t id;
  float score;
  EXPECT_ERROR(index->Search(*Texts({"a"}), 0, 1, 0, &id, &score), ErrorCode::kInvalidArgument, "k must be");
  EXPECT_ERROR(index->Search(*Texts({"a"}), 0, 1, (1 << 24) + 1, &id, &score), ErrorCode::kInvalidArgument,
               "k must");
}

// More different pairs of count and length than one segment numbers.
TEST(LexicalIndex, LongDocumentsOfManyLengths) {
  const auto index = LexicalIndex::Create(Plain());
  std::vector<std::string> texts;
  for (int i = 0; i < 1200; ++i) {  // each with counts 1 .. 60 of 60 words, and a length of its own
    std::string text;
    for (int word = 1; word <= 60; ++word)
      for (int n = 0; n < word; ++n) text.append("w").append(std::to_string(word)).append(" ");
    for (int n = 0; n < i; ++n) text += "filler ";
    texts.push_back(text);
  }
  Add(index, texts);
  EXPECT_EQ(index->count(), 1200u);
  const Hits hits = Search(index, {"w60 w1"}, 1200);
  for (std::int64_t rank = 0; rank < 1200; ++rank) EXPECT_EQ(hits.ids[rank], rank) << "short ones first";
}

TEST(LexicalIndex, AbortedAddsLeaveNothing) {
  const auto index = LexicalIndex::Create(Plain());
  auto cancellation = std::make_shared<Cancellation>();
  const auto texts = Texts(std::vector<std::string>(20'000, "a b c"));
  std::vector<std::size_t> progress;
  EXPECT_ERROR(Wait([&](auto done) {
                 LexicalAddRequest request{texts, {}, cancellation, [&](std::size_t analyzed) {
                                             progress.push_back(analyzed);
                                             cancellation->Request();
                                           }};
                 StartLexicalAdd(index, request, done);
               }),
               ErrorCode::kAborted, "aborted");
  EXPECT_FALSE(progress.empty());
  EXPECT_EQ(index->count(), 0u);
}

TEST(LexicalIndex, ProgressCountsUpToTheEnd) {
  const auto index = LexicalIndex::Create(Plain());
  std::vector<std::size_t> progress;
  Wait([&](auto done) {
    LexicalAddRequest request{
        Texts(std::vector<std::string>(10'000, "a b c")), {}, nullptr, [&](std::size_t analyzed) {
          progress.push_back(analyzed);
        }};
    StartLexicalAdd(index, request, done);
  });
  EXPECT_TRUE(std::is_sorted(progress.begin(), progress.end()));
  EXPECT_EQ(progress.back(), 10'000u);
}

TEST(LexicalIndex, ChangesThatWaitHoldNoThread) {
  const auto index = LexicalIndex::Create(Plain());
  Add(index, {"a", "b"});
  Strand::Done end_first;
  Strand::Start(
      {index->changes()}, nullptr, [&](Strand::Done ended) { end_first = std::move(ended); },
      [](std::exception_ptr) {});
  const auto many = static_cast<std::size_t>(Executor::Get().threads()) * 3;
  std::vector<std::promise<std::exception_ptr>> added(many);
  for (auto& each : added) {
    StartLexicalAdd(index, {Texts({"a c"}), {}, nullptr, nullptr},
                    [&](std::exception_ptr error) { each.set_value(error); });
  }
  EXPECT_EQ(Search(index, {"a"}, 3).ids, (std::vector<std::int64_t>{0, -1, -1}));
  end_first(nullptr);
  for (auto& each : added) EXPECT_EQ(each.get_future().get(), nullptr);
  EXPECT_EQ(index->count(), many + 2);
}

// For ThreadSanitizer too.
TEST(LexicalIndex, SearchesGoOnDuringChanges) {
  Scoring::Options tfidf;
  tfidf.kind = Scoring::Kind::kTfidf;
  for (const Scoring::Options& scoring : {Scoring::Options(), tfidf}) {
    const auto index = LexicalIndex::Create(Plain(scoring));
    Add(index, {"always here"}, {1'000'000});
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (int t = 0; t < 2; ++t) {
      threads.emplace_back([&] {
        while (!stop) {
          const Hits hits = Search(index, {"always", "word filler"}, 3);
          EXPECT_EQ(hits.ids[0], 1'000'000);
        }
      });
    }
    std::thread remover([&] {
      for (std::int64_t i = 0; i < 100; ++i) index->Remove(std::vector<std::int64_t>{i * 3});
    });
    for (std::int64_t i = 0; i < 100; ++i)
      Add(index, {"word", "filler word", "word"}, {i * 3, i * 3 + 1, i * 3 + 2});
    remover.join();
    stop = true;
    for (auto& thread : threads) thread.join();
    EXPECT_GE(index->count(), 201u);
  }
}

}  // namespace
}  // namespace densenode::test
