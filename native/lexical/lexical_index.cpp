#include "lexical/lexical_index.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "common/error.h"
#include "common/top_hits.h"
#include "lexical/allowed_documents.h"
#include "lexical/lexical_file.h"
#include "lexical/query.h"
#include "lexical/search.h"

namespace densenode {
namespace {

struct Place {
  std::size_t segment;
  std::uint32_t document;
};

constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

Place Find(const std::vector<LiveSegment>& segments, std::int64_t id) {
  for (std::size_t s = segments.size(); s-- > 0;) {
    const std::uint32_t document = segments[s].segment->FindId(id);
    if (document != Segment::kNone && segments[s].Has(document)) return {s, document};
  }
  return {kNowhere, 0};
}

// Merges neighbours until each segment is more than twice as large as the next one, where one segment has
// room for both: a few dozen segments at most come on top of the full ones, and a document is moved a dozen
// times.
void Tidy(std::vector<LiveSegment>* segments) {
  std::erase_if(*segments, [](const LiveSegment& live) { return live.documents() == 0; });
  for (LiveSegment& live : *segments) {
    if (live.removals && live.removals->documents() > live.documents()) live = {Merge({&live, 1}), nullptr};
  }
  for (std::size_t i = segments->size(); i-- > 1;) {
    const std::span<const LiveSegment> pair(segments->data() + i - 1, 2);
    if (pair[1].documents() * std::uint64_t{2} < pair[0].documents() || !CanMerge(pair)) continue;
    LiveSegment merged{Merge(pair), nullptr};
    (*segments)[i - 1] = std::move(merged);
    segments->erase(segments->begin() + static_cast<std::ptrdiff_t>(i));
    i = std::min(i + 1, segments->size());
  }
}

}  // namespace

LexicalIndex::LexicalIndex(Options options)
    : analyzer_(std::move(options.analyzer)),
      scoring_(options.scoring),
      snapshot_(std::make_shared<const Snapshot>(scoring_, std::vector<LiveSegment>())) {}

std::shared_ptr<LexicalIndex> LexicalIndex::Create(Options options) {
  return std::shared_ptr<LexicalIndex>(new LexicalIndex(std::move(options)));
}

std::shared_ptr<LexicalIndex> LexicalIndex::Open(const std::filesystem::path& path, Scoring::Kind kind) {
  OpenedLexicalIndex opened = OpenLexicalFile(path, kind);
  std::shared_ptr<LexicalIndex> index;
  try {
    index = Create(std::move(opened.options));
  } catch (const Error& error) {
    Fail(ErrorCode::kFileCorrupt, path,
         " describes an index that this densenode cannot make: ", error.what());
  }
  std::vector<LiveSegment> segments;
  for (auto& segment : opened.segments) segments.push_back({std::move(segment), nullptr});
  index->Publish(std::move(segments), opened.next_id);
  return index;
}

void LexicalIndex::Save(const std::filesystem::path& path) const {
  const State state = this->state();
  SaveLexicalFile(path, {scoring_.options(), analyzer_.options()}, state.snapshot->segments(), state.next_id);
}

LexicalIndex::State LexicalIndex::state() const {
  std::lock_guard lock(mutex_);
  return {snapshot_, next_id_};
}

void LexicalIndex::Publish(std::vector<LiveSegment> segments, std::int64_t next_id) {
  auto snapshot =
      std::make_shared<const Snapshot>(scoring_, std::move(segments), state().snapshot->version() + 1);
  std::lock_guard lock(mutex_);
  snapshot_.swap(snapshot);
  next_id_ = next_id;
}

void LexicalIndex::CheckNewIds(std::size_t count, std::span<const std::int64_t> ids) const {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() - 1;  // so that a next id exists
  const State state = this->state();
  if (ids.empty()) {
    if (count > static_cast<std::uint64_t>(kMost + 1 - state.next_id)) {
      Fail(ErrorCode::kInvalidArgument, "no free ids are left after ", state.next_id - 1,
           "; give ids of your own");
    }
    return;
  }
  if (ids.size() != count) {
    Fail(ErrorCode::kInvalidArgument, "expected one id for each text, but got ", ids.size(), " ids for ",
         count, " texts");
  }
  std::vector<std::int64_t> sorted(ids.begin(), ids.end());
  if (!std::is_sorted(sorted.begin(), sorted.end())) std::sort(sorted.begin(), sorted.end());
  if (sorted.front() < 0 || sorted.back() > kMost) {
    Fail(ErrorCode::kInvalidArgument, "ids must be from 0 to ", kMost, ", but got ",
         sorted.front() < 0 ? sorted.front() : sorted.back());
  }
  if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end()) {
    Fail(ErrorCode::kInvalidArgument, "id ", *twice, " is given more than once; ids must be distinct");
  }
  for (std::int64_t id : sorted) {
    if (id >= state.next_id) break;
    if (Find(state.snapshot->segments(), id).segment != kNowhere) {
      Fail(ErrorCode::kInvalidArgument, "id ", id, " is already in the index; remove it first");
    }
  }
}

void LexicalIndex::Add(const std::vector<std::shared_ptr<Segment>>& segments,
                       std::span<const std::int64_t> ids) {
  std::lock_guard change(change_);
  std::size_t count = 0;
  for (const auto& segment : segments) count += segment->documents();
  CheckNewIds(count, ids);
  if (count == 0) return;
  const State state = this->state();
  std::vector<std::int64_t> all_ids(ids.begin(), ids.end());
  if (ids.empty()) {
    all_ids.resize(count);
    std::iota(all_ids.begin(), all_ids.end(), state.next_id);
  }
  std::vector<LiveSegment> live = state.snapshot->segments();
  for (auto begin = all_ids.begin(); const auto& segment : segments) {
    segment->SetIds({begin, begin + segment->documents()});
    begin += segment->documents();
    live.push_back({segment, nullptr});
  }
  Tidy(&live);
  Publish(std::move(live), std::max(state.next_id, *std::max_element(all_ids.begin(), all_ids.end()) + 1));
}

std::size_t LexicalIndex::Remove(std::span<const std::int64_t> ids) {
  std::lock_guard change(change_);
  const State state = this->state();
  std::vector<LiveSegment> live = state.snapshot->segments();
  std::vector<std::vector<std::uint32_t>> documents(live.size());
  for (std::int64_t id : ids) {
    const Place place = Find(live, id);
    if (place.segment != kNowhere) documents[place.segment].push_back(place.document);
  }
  std::size_t removed = 0;
  for (std::size_t s = 0; s < live.size(); ++s) {
    std::sort(documents[s].begin(), documents[s].end());
    documents[s].erase(std::unique(documents[s].begin(), documents[s].end()), documents[s].end());
    if (documents[s].empty()) continue;
    live[s].removals =
        std::make_shared<const Removals>(*live[s].segment, live[s].removals.get(), documents[s]);
    removed += documents[s].size();
  }
  if (removed == 0) return 0;
  Tidy(&live);
  Publish(std::move(live), state.next_id);
  return removed;
}

void LexicalIndex::Search(const TextList& texts, std::size_t begin, std::size_t end, std::size_t k,
                          std::int64_t* ids, float* scores, const Filter* filter,
                          const Cancellation* cancellation) const {
  if (k < 1 || k > kMostResults) {
    Fail(ErrorCode::kInvalidArgument, "k must be from 1 to ", kMostResults, ", but got ", k);
  }
  const auto snapshot = state().snapshot;
  Analyzer::Session session(analyzer_);
  const auto allowed = filter ? filter->Of<AllowedDocuments>(snapshot->version(), *snapshot) : nullptr;
  Searcher searcher(*snapshot, scoring_, allowed.get());
  for (std::size_t i = begin; i < end; ++i, ids += k, scores += k) {
    if (cancellation) cancellation->ThrowIfRequested();
    const auto& tokens = session.Analyze(texts[i]);
    const Query query = MakeQuery(*snapshot, scoring_, session.terms(), tokens);
    TopHits hits(k);
    searcher.Search(query, &hits);
    const auto id_of = [&](std::uint64_t position) {
      const Segment& segment = *snapshot->segments()[position / Segment::kMostDocuments].segment;
      return segment.ids()[position % Segment::kMostDocuments];
    };
    hits.Write(
        id_of, [&](float score) { return score + query.constant; }, -std::numeric_limits<float>::infinity(),
        ids, scores);
  }
}

}  // namespace densenode
