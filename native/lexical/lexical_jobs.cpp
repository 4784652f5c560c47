#include "lexical/lexical_jobs.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "common/executor.h"
#include "lexical/segment_builder.h"
#include "lexical/segment_merge.h"

namespace densenode {
namespace {

// One task: some milliseconds of work.
constexpr std::size_t kTextsPerChunk = 2048;
constexpr std::size_t kBytesPerChunk = std::size_t{1} << 20;
constexpr std::size_t kQueriesPerSlice = 64;

using Segments = std::vector<std::shared_ptr<Segment>>;

// Three stages: chunks of texts become small segments, those become large ones, and these are added.
class AddJob : public std::enable_shared_from_this<AddJob> {
 public:
  AddJob(std::shared_ptr<LexicalIndex> index, LexicalAddRequest request,
         std::function<void(std::exception_ptr)> done)
      : index_(std::move(index)), request_(std::move(request)), done_(std::move(done)) {}

  void Start() {
    CutIntoChunks();
    chunks_.resize(begins_.size() - 1);
    Stage(chunks_.size(), &AddJob::Analyze, &AddJob::Group);
  }

 private:
  void Stage(std::size_t count, void (AddJob::*body)(std::size_t), void (AddJob::*next)()) {
    auto self = shared_from_this();
    Executor::Get().ForEach(
        count, 0, request_.cancellation, [self, body](std::size_t i) { ((*self).*body)(i); },
        [self, next](std::exception_ptr error) { self->Continue(error, next); });
  }

  void Continue(std::exception_ptr error, void (AddJob::*next)()) {
    try {
      if (!error) return (this->*next)();
    } catch (...) {
      error = std::current_exception();
    }
    Finish(error);
  }

  void CutIntoChunks() {
    const TextList& texts = *request_.texts;
    std::size_t bytes = 0;
    begins_.push_back(0);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      bytes += texts[i].size();
      if (bytes < kBytesPerChunk && i + 1 - begins_.back() < kTextsPerChunk && i + 1 < texts.size()) continue;
      begins_.push_back(i + 1);
      bytes = 0;
    }
  }

  void Analyze(std::size_t chunk) {
    if (chunk == 0) index_->CheckNewIds(request_.texts->size(), request_.ids);  // before much work is done
    SegmentBuilder builder(index_->analyzer());
    for (std::size_t i = begins_[chunk]; i < begins_[chunk + 1]; ++i) builder.Add((*request_.texts)[i]);
    chunks_[chunk] = builder.Finish();
    const std::size_t added = begins_[chunk + 1] - begins_[chunk];
    if (!request_.on_progress) return;
    std::lock_guard lock(progress_);  // counts must not go back
    request_.on_progress(analyzed_ += added);
  }

  void Group() {
    std::vector<LiveSegment> group;
    const auto close = [&] {
      if (!group.empty()) groups_.push_back(std::exchange(group, {}));
    };
    for (Segments& chunk : chunks_) {
      for (auto& segment : chunk) {
        group.push_back({std::move(segment), nullptr});
        if (CanMerge(group)) continue;
        LiveSegment last = std::move(group.back());
        group.pop_back();
        close();
        group.push_back(std::move(last));
      }
    }
    close();
    merged_.resize(groups_.size());
    Stage(groups_.size(), &AddJob::MergeGroup, &AddJob::Add);
  }

  void MergeGroup(std::size_t i) {
    merged_[i] = Merge(groups_[i]);
    groups_[i] = {};
  }

  void Add() {
    if (request_.cancellation) request_.cancellation->ThrowIfRequested();
    index_->Add(merged_, request_.ids);
    Finish(nullptr);
  }

  void Finish(std::exception_ptr error) {
    merged_ = {};
    chunks_ = {};
    index_.reset();
    std::exchange(done_, nullptr)(error);
  }

  std::shared_ptr<LexicalIndex> index_;
  LexicalAddRequest request_;
  std::function<void(std::exception_ptr)> done_;
  std::vector<std::size_t> begins_;  // chunks + 1
  std::vector<Segments> chunks_;
  std::mutex progress_;
  std::size_t analyzed_ = 0;
  std::vector<std::vector<LiveSegment>> groups_;
  Segments merged_;
};

}  // namespace

void StartLexicalAdd(std::shared_ptr<LexicalIndex> index, LexicalAddRequest request,
                     std::function<void(std::exception_ptr)> done) {
  const Strand::List strands{index->changes()};
  auto cancellation = request.cancellation;
  auto start = [index = std::move(index), request = std::move(request)](Strand::Done ended) mutable {
    std::make_shared<AddJob>(std::move(index), std::move(request), std::move(ended))->Start();
  };
  Strand::Start(strands, std::move(cancellation), std::move(start), std::move(done));
}

void StartLexicalSearch(std::shared_ptr<const LexicalIndex> index, LexicalSearchRequest request,
                        std::function<void(std::exception_ptr)> done) {
  const std::size_t count = request.texts->size();
  auto cancellation = request.cancellation;
  auto body = [index = std::move(index), request = std::move(request)](std::size_t begin, std::size_t end) {
    index->Search(*request.texts, begin, end, request.k, request.ids + begin * request.k,
                  request.scores + begin * request.k, request.filter.get(), request.cancellation.get());
  };
  Executor::Get().ForEachSlice(count, kQueriesPerSlice, std::move(cancellation), std::move(body),
                               std::move(done));
}

}  // namespace densenode
