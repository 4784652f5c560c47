// Texts in, the best of them for a query out, by the words that they share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "common/cancellation.h"
#include "common/filter.h"
#include "common/strand.h"
#include "common/text_list.h"
#include "lexical/analyzer.h"
#include "lexical/scoring.h"
#include "lexical/snapshot.h"

namespace densenode {

// All methods are safe to call from many threads at once. Readers work on a snapshot and never wait; changes
// wait for each other. They block; the caller (binding, jobs) runs them on Executor, changes through
// changes().
class LexicalIndex {
 public:
  struct Options {
    Scoring::Options scoring;
    AnalyzerOptions analyzer;
  };
  static constexpr std::size_t kMostResults = std::size_t{1} << 24;

  // Throws INVALID_ARGUMENT for options that Scoring or Analyzer refuse.
  static std::shared_ptr<LexicalIndex> Create(Options options);
  // A file written by Save. Throws FILE_CORRUPT also where it holds an index of another kind of scoring.
  static std::shared_ptr<LexicalIndex> Open(const std::filesystem::path& path, Scoring::Kind kind);
  // Written beside `path`, synced, then renamed over it.
  void Save(const std::filesystem::path& path) const;

  // Throws INVALID_ARGUMENT unless `count` documents can have these ids (empty: the next free ones): so many,
  // 0 or more, distinct, and none of them in the index.
  void CheckNewIds(std::size_t count, std::span<const std::int64_t> ids) const;
  // Adds what SegmentBuilder and Merge have made, all or none, and checks the ids again.
  void Add(const std::vector<std::shared_ptr<Segment>>& segments, std::span<const std::int64_t> ids);
  // Returns how many of the ids were there.
  std::size_t Remove(std::span<const std::int64_t> ids);

  // The k best documents of each of texts[begin] .. texts[end - 1], among those that `filter` allows (null:
  // all): fills ids and scores, k each; rows with fewer end with id -1 and score -infinity.
  void Search(const TextList& texts, std::size_t begin, std::size_t end, std::size_t k, std::int64_t* ids,
              float* scores, const Filter* filter = nullptr,
              const Cancellation* cancellation = nullptr) const;

  const std::shared_ptr<Strand>& changes() const { return changes_; }
  const Analyzer& analyzer() const { return analyzer_; }
  const Scoring& scoring() const { return scoring_; }
  std::size_t count() const { return state().snapshot->count(); }
  // What the next document without an id of its own gets.
  std::int64_t next_id() const { return state().next_id; }
  std::size_t memory_bytes() const { return state().snapshot->memory_bytes(); }

 private:
  struct State {
    std::shared_ptr<const Snapshot> snapshot;
    std::int64_t next_id;
  };

  explicit LexicalIndex(Options options);
  State state() const;
  void Publish(std::vector<LiveSegment> segments, std::int64_t next_id);

  const Analyzer analyzer_;
  const Scoring scoring_;
  const std::shared_ptr<Strand> changes_ = std::make_shared<Strand>();
  std::mutex change_;         // held by whoever changes the index
  mutable std::mutex mutex_;  // guards the two below
  std::shared_ptr<const Snapshot> snapshot_;
  std::int64_t next_id_ = 0;
};

}  // namespace densenode
