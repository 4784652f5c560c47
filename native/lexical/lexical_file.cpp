#include "lexical/lexical_file.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "common/container.h"
#include "common/error.h"
#include "common/file_description.h"
#include "lexical/segment_file.h"
#include "lexical/segment_merge.h"

namespace densenode {
namespace {

constexpr const char* kKind = "lexical-index";
// Stop words of one's own are in it.
constexpr std::size_t kMostDescriptionBytes = std::size_t{64} << 20;

[[noreturn]] void Corrupt(const std::filesystem::path& path, const std::string& reason) {
  Fail(ErrorCode::kFileCorrupt, path, " ", reason);
}

Json ToJson(const LexicalIndex::Options& options) {
  const Scoring::Options& scoring = options.scoring;
  const AnalyzerOptions& analyzer = options.analyzer;
  return {{"scoring",
           {{"kind", ScoringKindName(scoring.kind)},
            {"variant", Bm25VariantName(scoring.variant)},
            {"k1", scoring.k1},
            {"b", scoring.b},
            {"delta", scoring.delta},
            {"sublinearTf", scoring.sublinear_tf}}},
          {"analyzer",
           {{"stemmer", analyzer.stemmer},
            {"stopwords", analyzer.stopwords},
            {"lowercase", analyzer.lowercase},
            {"minTokenLength", analyzer.min_token_length},
            {"words", WordRuleName(analyzer.words)}}}};
}

LexicalIndex::Options FromJson(const Json& description) {
  LexicalIndex::Options options;
  const Json& scoring = description.at("scoring");
  options.scoring.kind = ParseScoringKind(scoring.at("kind").get<std::string>());
  options.scoring.variant = ParseBm25Variant(scoring.at("variant").get<std::string>());
  options.scoring.k1 = scoring.at("k1").get<double>();
  options.scoring.b = scoring.at("b").get<double>();
  options.scoring.delta = scoring.at("delta").get<double>();
  options.scoring.sublinear_tf = scoring.at("sublinearTf").get<bool>();
  const Json& analyzer = description.at("analyzer");
  options.analyzer.stemmer = analyzer.at("stemmer").get<std::string>();
  options.analyzer.stopwords = analyzer.at("stopwords").get<std::vector<std::string>>();
  options.analyzer.lowercase = analyzer.at("lowercase").get<bool>();
  options.analyzer.min_token_length = analyzer.at("minTokenLength").get<std::size_t>();
  options.analyzer.words = ParseWordRule(analyzer.at("words").get<std::string>());
  return options;
}

void CheckDistinct(const std::vector<std::shared_ptr<Segment>>& segments, const std::filesystem::path& path) {
  std::vector<std::int64_t> ids;
  for (const auto& segment : segments) ids.insert(ids.end(), segment->ids().begin(), segment->ids().end());
  if (!std::is_sorted(ids.begin(), ids.end())) std::sort(ids.begin(), ids.end());
  if (std::adjacent_find(ids.begin(), ids.end()) != ids.end()) Corrupt(path, "has an id twice");
}

}  // namespace

void SaveLexicalFile(const std::filesystem::path& path, const LexicalIndex::Options& options,
                     const std::vector<LiveSegment>& segments, std::int64_t next_id) {
  std::uint64_t count = 0;
  for (const LiveSegment& live : segments) count += live.documents();
  Json description = ToJson(options);
  description["count"] = count;
  description["nextId"] = next_id;
  description["segments"] = segments.size();
  const std::string text = WriteFileDescription(kKind, std::move(description));
  ContainerWriter file(path);
  file.Begin("meta");
  file.Write(text.data(), text.size());
  file.Begin("segments");
  for (const LiveSegment& live : segments) {
    const auto segment = live.removals ? Merge({&live, 1}) : live.segment;
    WriteSegment(*segment, [&](const void* data, std::size_t size) { file.Write(data, size); });
  }
  file.Commit();
}

OpenedLexicalIndex OpenLexicalFile(const std::filesystem::path& path, Scoring::Kind kind) {
  const Container container = Container::Open(path);
  OpenedLexicalIndex opened;
  std::uint64_t count = 0, segments = 0;
  const auto read = [&](const Json& description) {
    opened.options = FromJson(description);
    count = description.at("count").get<std::uint64_t>();
    opened.next_id = description.at("nextId").get<std::int64_t>();
    segments = description.at("segments").get<std::uint64_t>();
  };
  ReadFileDescription(container.Section("meta"), kKind, path, read, kMostDescriptionBytes);
  if (opened.options.scoring.kind != kind) {
    Corrupt(path, std::string("holds an index for ") + ScoringKindName(opened.options.scoring.kind) +
                      ", not for " + ScoringKindName(kind));
  }
  std::uint64_t documents = 0;
  auto rest = container.Section("segments");
  try {
    while (!rest.empty()) {
      opened.segments.push_back(ReadSegment(&rest, opened.next_id));
      documents += opened.segments.back()->documents();
    }
  } catch (const BadSegment& bad) {
    Corrupt(path, bad.reason);
  }
  if (documents != count || opened.segments.size() != segments)
    Corrupt(path, "holds an index that is not what its description says");
  CheckDistinct(opened.segments, path);
  return opened;
}

}  // namespace densenode
