// What the tests of lexical search share.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "common/error.h"
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

// A folder that goes away with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "densenode-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  std::ptrdiff_t files() const {
    return std::distance(std::filesystem::directory_iterator(path_), std::filesystem::directory_iterator());
  }

 private:
  std::filesystem::path path_;
};

#define EXPECT_ERROR(statement, expected_code, text)                                                   \
  try {                                                                                                \
    statement;                                                                                         \
    ADD_FAILURE() << "nothing was thrown";                                                             \
  } catch (const Error& error) {                                                                       \
    EXPECT_EQ(ErrorCodeName(error.code()), std::string(ErrorCodeName(expected_code))) << error.what(); \
    EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();                \
  }

}  // namespace densenode::test
