// Files of Bm25Index and TfidfIndex.
#include <array>

#include "../temporary_folder.h"
#include "common/error.h"
#include "container_repair.h"
#include "lexical/lexical_index.h"
#include "lexical/segment_builder.h"
#include "target.h"

namespace densenode::fuzz {
namespace {

void Add(LexicalIndex& index, const std::vector<std::string_view>& texts, std::span<const std::int64_t> ids) {
  SegmentBuilder builder(index.analyzer());
  for (const std::string_view text : texts) builder.Add(text);
  index.Add(builder.Finish(), ids);
}

std::vector<std::string> Seeds() {
  const test::TemporaryFolder folder;
  std::vector<std::string> files;
  for (const Scoring::Kind kind : {Scoring::Kind::kBm25, Scoring::Kind::kTfidf}) {
    LexicalIndex::Options options;
    options.scoring.kind = kind;
    const auto index = LexicalIndex::Create(options);
    index->Save(folder / "index");
    files.push_back(test::ReadFile(folder / "index"));
    Add(*index, {"the quick brown fox", "jumps over the lazy dog", "", "fox fox fox dog caf\xC3\xA9"}, {});
    Add(*index, {"another segment with a fox", "and another"}, std::array<std::int64_t, 2>{1000, 50});
    index->Save(folder / "index");
    files.push_back(test::ReadFile(folder / "index"));
  }
  return files;
}

void Use(LexicalIndex& index) {
  TextList queries;
  for (const std::string_view text : {"fox", "lazy dog caf\xC3\xA9", "", "nowhere"}) queries.Append(text);
  std::vector<std::int64_t> ids(4 * 3);
  std::vector<float> scores(ids.size());
  index.Search(queries, 0, 4, 3, ids.data(), scores.data());
  index.Remove(std::span(ids).first(2));
  Add(index, {"a new fox"}, {});
  index.Search(queries, 0, 4, 3, ids.data(), scores.data());
}

void Run(const std::string& input) {
  static const test::TemporaryFolder folder;
  test::WriteFile(folder / "input", input);
  try {
    Use(*LexicalIndex::Open(folder / "input", Scoring::Kind::kBm25));
  } catch (const Error&) {
    Use(*LexicalIndex::Open(folder / "input", Scoring::Kind::kTfidf));
  }
}

constexpr std::array<std::string_view, 6> kWords{"fox", "\"count\":", "\"nextId\":", "null", "-1", "1e300"};

}  // namespace

const Target kLexicalFile{"lexical_file", Seeds, Run, RepairContainer, kWords};

}  // namespace densenode::fuzz
