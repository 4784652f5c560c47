#include "encoder/encode_job.h"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "common/error.h"
#include "common/executor.h"

namespace densenode {
namespace {

constexpr std::size_t kMaxTextsPerChunk = 256;

// What callers are told of an error.
std::exception_ptr Told(std::exception_ptr error) {
  try {
    std::rethrow_exception(error);
  } catch (const Error&) {
    return error;
  } catch (const std::bad_alloc&) {
    return std::make_exception_ptr(Error(ErrorCode::kOutOfMemory, "out of memory while encoding texts"));
  } catch (const std::exception& other) {
    return std::make_exception_ptr(Error(ErrorCode::kEngineFailed, other.what()));
  }
}

}  // namespace

Tokenizer::EncodeOptions EncoderPipeline::encode_options() const {
  Tokenizer::EncodeOptions options;
  options.add_special_tokens = special_tokens;
  if (max_tokens > 0) options.max_tokens = max_tokens;
  return options;
}

std::size_t EncoderPipeline::Encode(std::string_view text, std::string_view prompt,
                                    const Tokenizer::EncodeOptions& options, std::vector<std::int32_t>* ids,
                                    std::vector<std::int32_t>* type_ids) const {
  if (prompt.empty()) return tokenizer->Encode(text, options, ids, type_ids);
  return tokenizer->Encode(std::string(prompt).append(text), options, ids, type_ids);
}

std::size_t EncoderPipeline::threads_of_job() const {
  const auto pool = static_cast<std::size_t>(Executor::Get().threads());
  return threads == 0 ? pool : std::min(pool, threads);
}

std::size_t EncoderPipeline::batches_at_once() const {
  return batches_in_flight == 0 ? threads_of_job() : batches_in_flight;
}

EncodeJob::EncodeJob(std::shared_ptr<const EncoderPipeline> pipeline, Settings settings,
                     std::function<void(std::exception_ptr)> done)
    : pipeline_(std::move(pipeline)), settings_(std::move(settings)), done_(std::move(done)) {}

void EncodeJob::Start() {
  Executor::Get().Run(
      Executor::Width::kOne, settings_.cancellation,
      [self = shared_from_this()] { self->Cut(self->Prepare()); },
      [self = shared_from_this()](std::exception_ptr error) {
        self->Then(error, [self] { self->TokenizeAll(); });
      });
}

void EncodeJob::RunHere() {
  try {
    Cut(Prepare());
    for (std::size_t chunk = 0; chunk < chunks_.size(); ++chunk) TokenizeChunk(chunk);
    Plan(1);
    for (std::size_t batch = 0; batch < plan_.batches.size(); ++batch) {
      if (settings_.cancellation) settings_.cancellation->ThrowIfRequested();
      Run(batch);
    }
    Complete();
  } catch (...) {
    std::rethrow_exception(Told(std::current_exception()));
  }
}

template <typename Stage>
void EncodeJob::Then(std::exception_ptr error, Stage stage) {
  if (!error) {
    try {
      stage();
      return;
    } catch (...) {
      error = std::current_exception();
    }
  }
  Finish(error);
}

void EncodeJob::Finish(std::exception_ptr error) {
  if (error) error = Told(error);
  pipeline_.reset();  // lets go of the model before its owner hears of the end
  auto done = std::exchange(done_, nullptr);
  done(error);
}

void EncodeJob::Cut(std::size_t count) {
  if (count > UINT32_MAX)
    Fail(ErrorCode::kInvalidArgument, "at most 2^32 - 1 texts in one call, not ", count);
  chunk_texts_ = std::clamp<std::size_t>(count / (4 * pipeline_->threads_of_job()), 1, kMaxTextsPerChunk);
  chunks_.resize((count + chunk_texts_ - 1) / chunk_texts_);
  starts_.resize(count);
  counts_.resize(count);
  seen_.resize(count);
}

void EncodeJob::TokenizeAll() {
  Executor::Get().ForEach(
      chunks_.size(), pipeline_->threads_of_job(), settings_.cancellation,
      [self = shared_from_this()](std::size_t chunk) { self->TokenizeChunk(chunk); },
      [self = shared_from_this()](std::exception_ptr error) {
        self->Then(error, [self] { self->RunAll(); });
      });
}

void EncodeJob::TokenizeChunk(std::size_t index) {
  Chunk& chunk = chunks_[index];
  const std::size_t last = std::min((index + 1) * chunk_texts_, counts_.size());
  for (std::size_t i = index * chunk_texts_; i < last; ++i) {
    starts_[i] = chunk.ids.size();
    std::size_t seen = SIZE_MAX;
    const std::size_t count = Tokenize(i, &chunk.ids, &chunk.type_ids, &seen);
    counts_[i] = static_cast<std::int32_t>(count);
    seen_[i] = static_cast<std::int32_t>(std::min(seen, count));
  }
}

void EncodeJob::Plan(std::size_t batches_at_once) {
  if (settings_.token_counts) std::copy(counts_.begin(), counts_.end(), settings_.token_counts);
  BatchLimits limits = pipeline_->batch_limits;
  limits.min_batches = batches_at_once;
  plan_ = PlanBatches(counts_, limits);
  std::vector<std::uint32_t> empty;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) empty.push_back(static_cast<std::uint32_t>(i));
  }
  if (!empty.empty()) TakeEmpty(empty);
  finished_ = empty.size();
}

void EncodeJob::RunAll() {
  const std::size_t at_once = pipeline_->batches_at_once();
  Plan(at_once);
  Executor::Get().ForEach(
      plan_.batches.size(), at_once, settings_.cancellation,
      [self = shared_from_this()](std::size_t batch) { self->Run(batch); },
      [self = shared_from_this()](std::exception_ptr error) {
        self->Then(error, [self] {
          self->Complete();
          self->Finish(nullptr);
        });
      });
}

TokenBatch EncodeJob::Pack(const BatchPlan::Batch& plan) const {
  TokenBatch batch;
  batch.pad_id = pipeline_->tokenizer->pad_id();
  batch.ids.reserve(plan.tokens);
  batch.type_ids.reserve(plan.tokens);
  batch.lengths.reserve(plan.count);
  batch.seen.reserve(plan.count);
  for (std::size_t row = 0; row < plan.count; ++row) {
    const std::size_t text = plan_.order[plan.first + row];
    const Chunk& chunk = chunks_[text / chunk_texts_];
    const auto append = [&](const std::vector<std::int32_t>& from, std::vector<std::int32_t>* to) {
      const auto begin = from.begin() + static_cast<std::ptrdiff_t>(starts_[text]);
      to->insert(to->end(), begin, begin + counts_[text]);
    };
    append(chunk.ids, &batch.ids);
    append(chunk.type_ids, &batch.type_ids);
    batch.lengths.push_back(counts_[text]);
    batch.seen.push_back(seen_[text]);
  }
  return batch;
}

void EncodeJob::Run(std::size_t index) {
  const BatchPlan::Batch& plan = plan_.batches[index];
  const auto texts = std::span<const std::uint32_t>(plan_.order).subspan(plan.first, plan.count);
  // The last batch of a large job gives the memory that the job has grown back.
  const bool release_memory = index > 0 && index + 1 == plan_.batches.size();
  RunBatch(Pack(plan), texts, {settings_.cancellation.get(), release_memory});
  if (settings_.on_progress) {
    std::lock_guard lock(progress_mutex_);
    finished_ += plan.count;
    settings_.on_progress(finished_);
  }
}

}  // namespace densenode
