// What the tests of lexical search share.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
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
                   std::size_t k) {
  Hits hits{std::vector<std::int64_t>(queries.size() * k), std::vector<float>(queries.size() * k)};
  Wait([&](auto done) {
    StartLexicalSearch(index, {Texts(queries), k, hits.ids.data(), hits.scores.data(), nullptr}, done);
  });
  return hits;
}

}  // namespace densenode::test
