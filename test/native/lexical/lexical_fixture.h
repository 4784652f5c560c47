// What the tests of lexical search share.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "../test_support.h"
#include "common/json.h"
#include "common/text_list.h"
#include "lexical/lexical_index.h"
#include "lexical/lexical_jobs.h"

namespace densenode::test {

// What test/fixtures/make_lexical.py wrote.
inline const Json& References() {
  static const Json references = ReadJsonFile(
      std::filesystem::path(DENSENODE_SOURCE_DIR) / "test/fixtures/lexical.json", ErrorCode::kFileCorrupt);
  return references;
}

inline std::shared_ptr<TextList> Texts(const std::vector<std::string>& texts) {
  auto list = std::make_shared<TextList>();
  for (const auto& text : texts) list->Append(text);
  return list;
}

// Tokens are what stands between spaces.
inline LexicalIndex::Options Plain(Scoring::Options scoring = {}) {
  LexicalIndex::Options options{scoring, {}};
  options.analyzer.words = WordRule::kWhitespace;
  options.analyzer.lowercase = false;
  return options;
}

// Runs Start...(..., done) and waits; rethrows.
template <typename Start>
void Wait(const Start& start) {
  std::promise<std::exception_ptr> ended;
  start([&](std::exception_ptr error) { ended.set_value(error); });
  if (auto error = ended.get_future().get()) std::rethrow_exception(error);
}

inline void Add(const std::shared_ptr<LexicalIndex>& index, const std::vector<std::string>& texts,
                const std::vector<std::int64_t>& ids = {},
                std::shared_ptr<Cancellation> cancellation = nullptr) {
  Wait([&](auto done) { StartLexicalAdd(index, {Texts(texts), ids, cancellation, nullptr}, done); });
}

struct Hits {
  std::vector<std::int64_t> ids;  // queries * k
  std::vector<float> scores;
};

inline Hits Search(const std::shared_ptr<const LexicalIndex>& index, const std::vector<std::string>& queries,
                   std::size_t k, std::shared_ptr<const Filter> filter = nullptr) {
  Hits hits{std::vector<std::int64_t>(queries.size() * k), std::vector<float>(queries.size() * k)};
  Wait([&](auto done) {
    StartLexicalSearch(
        index, {Texts(queries), k, hits.ids.data(), hits.scores.data(), std::move(filter), nullptr}, done);
  });
  return hits;
}

// Words by Zipf's law: few that nearly every document has, many rare ones.
class RandomTexts {
 public:
  explicit RandomTexts(unsigned seed, int words = 300) : random_(seed), words_(words) {}
  std::string Next(int most) {
    std::string text;
    for (int n = std::uniform_int_distribution(0, most)(random_); n > 0; --n) {
      const double u = std::uniform_real_distribution(0.0, 1.0)(random_);
      text.append("w").append(std::to_string(static_cast<int>(std::pow(words_, u)))).append(" ");
    }
    return text;
  }
  std::mt19937& random() { return random_; }

 private:
  std::mt19937 random_;
  int words_;
};

inline std::vector<Scoring::Options> AllScorings() {
  std::vector<Scoring::Options> all(7);
  for (std::size_t i = 0; i < 5; ++i) all[i].variant = static_cast<Bm25Variant>(i);
  all[5].kind = all[6].kind = Scoring::Kind::kTfidf;
  all[6].sublinear_tf = true;
  return all;
}

}  // namespace densenode::test
