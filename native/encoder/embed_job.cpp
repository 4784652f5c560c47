#include "encoder/embed_job.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <new>
#include <span>
#include <utility>
#include <vector>

#include "common/executor.h"

namespace densenode {
namespace {

constexpr std::size_t kMaxTextsPerChunk = 256;

// How many tokens of a text are those of the prompt before it, as sentence-transformers counts them: the
// prompt's own, with special tokens but for one at its end.
std::size_t PromptTokens(const EmbeddingPipeline& pipeline, const std::string& prompt) {
  const Tokenizer& tokenizer = *pipeline.tokenizer;
  std::vector<std::int32_t> ids;
  const std::size_t count = tokenizer.Encode(prompt, pipeline.encode_options(), &ids, nullptr);
  if (count == 0) return 0;
  const std::span<const std::int32_t> last(&ids.back(), 1);
  const bool special = tokenizer.Decode(last, true).empty() && !tokenizer.Decode(last, false).empty();
  return special ? count - 1 : count;
}

class EmbedJob : public std::enable_shared_from_this<EmbedJob> {
 public:
  EmbedJob(std::shared_ptr<const EmbeddingPipeline> pipeline, EmbeddingModel::EmbedRequest request,
           std::function<void(std::exception_ptr)> done)
      : pipeline_(std::move(pipeline)), request_(std::move(request)), done_(std::move(done)) {}

  void Start() {
    Executor::Get().Run(
        Executor::Width::kOne, request_.cancellation, [self = shared_from_this()] { self->Prepare(); },
        [self = shared_from_this()](std::exception_ptr error) {
          self->Then(error, [self] { self->Tokenize(); });
        });
  }

 private:
  struct Chunk {
    std::vector<std::int32_t> ids;
    std::vector<std::int32_t> type_ids;
  };

  // Goes on with `stage`, or ends the job with the error so far.
  template <typename Stage>
  void Then(std::exception_ptr error, Stage stage) {
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

  void Finish(std::exception_ptr error) {
    if (error) {
      try {
        std::rethrow_exception(error);
      } catch (const Error&) {
      } catch (const std::bad_alloc&) {
        error =
            std::make_exception_ptr(Error(ErrorCode::kOutOfMemory, "out of memory while embedding texts"));
      } catch (const std::exception& other) {
        error = std::make_exception_ptr(Error(ErrorCode::kEngineFailed, other.what()));
      }
    }
    pipeline_.reset();  // lets go of the model before its owner hears of the end
    auto done = std::exchange(done_, nullptr);
    done(error);
  }

  std::size_t Threads() const {
    const auto pool = static_cast<std::size_t>(Executor::Get().threads());
    return pipeline_->threads == 0 ? pool : std::min(pool, pipeline_->threads);
  }

  void Prepare() {
    const std::size_t dimension = pipeline_->dimension;
    if (!request_.texts) Fail(ErrorCode::kInvalidArgument, "texts are missing");
    if (request_.dimension > dimension) {
      Fail(ErrorCode::kInvalidArgument, "dimension must be from 1 to the model's ", dimension, ", not ",
           request_.dimension);
    }
    out_dimension_ = request_.dimension == 0 ? dimension : request_.dimension;
    const std::size_t count = request_.texts->size();
    if (count > 0 && !request_.out && !request_.device_out)
      Fail(ErrorCode::kInvalidArgument, "out is missing");
    if (request_.out && request_.device_out)
      Fail(ErrorCode::kInvalidArgument, "out and device_out cannot both be set");
    const DevicePooler* const pooler = pipeline_->device_pooler();
    if (request_.device_out && !(pooler && pooler->device().is_cuda())) {
      Fail(ErrorCode::kInvalidArgument,
           "device_out needs a model that writes to the memory of one CUDA device; this one writes to the "
           "host's");
    }
    if (request_.adapter && request_.adapter->dimension() != out_dimension_) {
      Fail(ErrorCode::kInvalidArgument, "the adapter is for embeddings of dimension ",
           request_.adapter->dimension(), ", not ", out_dimension_);
    }
    if (request_.adapter && request_.device_out)
      Fail(ErrorCode::kInvalidArgument, "an adapter works in host memory: device_out cannot be set");
    if (count > UINT32_MAX)
      Fail(ErrorCode::kInvalidArgument, "at most 2^32 - 1 texts in one call, not ", count);
    chunk_texts_ = std::clamp<std::size_t>(count / (4 * Threads()), 1, kMaxTextsPerChunk);
    chunks_.resize((count + chunk_texts_ - 1) / chunk_texts_);
    starts_.resize(count);
    counts_.resize(count);
    if (pipeline_->modules->leaves_prompt_out() && !request_.prompt.empty())
      prompt_tokens_ = PromptTokens(*pipeline_, request_.prompt);
  }

  void Tokenize() {
    Executor::Get().ForEach(
        chunks_.size(), Threads(), request_.cancellation,
        [self = shared_from_this()](std::size_t chunk) { self->TokenizeChunk(chunk); },
        [self = shared_from_this()](std::exception_ptr error) {
          self->Then(error, [self] { self->Encode(); });
        });
  }

  void TokenizeChunk(std::size_t index) {
    Chunk& chunk = chunks_[index];
    const Tokenizer::EncodeOptions options = pipeline_->encode_options();
    const std::size_t last = std::min((index + 1) * chunk_texts_, counts_.size());
    std::string prompted;
    for (std::size_t i = index * chunk_texts_; i < last; ++i) {
      std::string_view text = (*request_.texts)[i];
      if (!request_.prompt.empty()) text = prompted.assign(request_.prompt).append(text);
      starts_[i] = chunk.ids.size();
      const std::size_t tokens = pipeline_->tokenizer->Encode(text, options, &chunk.ids, &chunk.type_ids);
      counts_[i] = static_cast<std::int32_t>(tokens);
    }
  }

  void Encode() {
    if (request_.token_counts) std::copy(counts_.begin(), counts_.end(), request_.token_counts);
    const std::size_t in_flight = pipeline_->batches_in_flight ? pipeline_->batches_in_flight : Threads();
    BatchLimits limits = pipeline_->batch_limits;
    limits.min_batches = in_flight;
    plan_ = PlanBatches(counts_, limits);
    finished_ = EmbedEmpty();
    Executor::Get().ForEach(
        plan_.batches.size(), in_flight, request_.cancellation,
        [self = shared_from_this()](std::size_t batch) { self->EncodeBatch(batch); },
        [self = shared_from_this()](std::exception_ptr error) { self->Finish(error); });
  }

  // The texts without any token, which are in no batch; returns how many.
  std::size_t EmbedEmpty() const {
    std::vector<std::uint32_t> empty;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] == 0) empty.push_back(static_cast<std::uint32_t>(i));
    }
    if (request_.device_out && !empty.empty()) {
      pipeline_->device_pooler()->WriteZeros(out_dimension_, empty, request_.device_out);
    } else {
      for (const std::uint32_t row : empty) pipeline_->modules->Embed(nullptr, 0, 0, Cut(), HostRow(row));
    }
    return empty.size();
  }

  ModuleChain::Cut Cut() const {
    return {.dimension = out_dimension_, .normalize = request_.normalize.value_or(pipeline_->normalize)};
  }
  float* HostRow(std::size_t row) const { return request_.out + row * out_dimension_; }

  TokenBatch Pack(const BatchPlan::Batch& plan) const {
    TokenBatch batch;
    batch.pad_id = pipeline_->tokenizer->pad_id();
    batch.ids.reserve(plan.tokens);
    batch.type_ids.reserve(plan.tokens);
    batch.lengths.reserve(plan.count);
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
    }
    return batch;
  }

  void EncodeBatch(std::size_t index) {
    const BatchPlan::Batch& plan = plan_.batches[index];
    const auto rows = std::span<const std::uint32_t>(plan_.order).subspan(plan.first, plan.count);
    const ModuleChain& modules = *pipeline_->modules;
    const ModuleChain::Cut cut = Cut();
    Cancellation* const cancellation = request_.cancellation.get();
    if (const DevicePooler* pooler = pipeline_->device_pooler()) {
      pooler->Embed(Pack(plan), {*modules.lone_mode(), cut.dimension, cut.normalize, cancellation},
                    {.host = request_.out, .device = request_.device_out, .rows = rows});
    } else {
      // The last batch of a large job gives the memory that the job has grown back.
      const bool release_memory = index > 0 && index + 1 == plan_.batches.size();
      pipeline_->session->Run(Pack(plan), {cancellation, release_memory},
                              [&](std::size_t text, const float* vectors, std::size_t count) {
                                modules.Embed(vectors, count, prompt_tokens_, cut, HostRow(rows[text]));
                              });
    }
    if (request_.adapter) Adapt(rows);
    if (request_.on_progress) {
      std::lock_guard lock(progress_mutex_);
      finished_ += plan.count;
      request_.on_progress(finished_);
    }
  }

  void Adapt(std::span<const std::uint32_t> rows) const {
    std::vector<float> embeddings(rows.size() * out_dimension_);
    for (std::size_t i = 0; i < rows.size(); ++i)
      std::copy_n(HostRow(rows[i]), out_dimension_, embeddings.data() + i * out_dimension_);
    request_.adapter->Apply(embeddings.data(), rows.size(), embeddings.data());
    for (std::size_t i = 0; i < rows.size(); ++i)
      std::copy_n(embeddings.data() + i * out_dimension_, out_dimension_, HostRow(rows[i]));
  }

  std::shared_ptr<const EmbeddingPipeline> pipeline_;
  const EmbeddingModel::EmbedRequest request_;
  std::function<void(std::exception_ptr)> done_;

  std::size_t out_dimension_ = 0;
  std::size_t prompt_tokens_ = 0;  // of every text, to be left out of pooling
  std::size_t chunk_texts_ = 1;
  std::vector<Chunk> chunks_;
  std::vector<std::size_t> starts_;  // where text i begins in its chunk
  std::vector<std::int32_t> counts_;
  BatchPlan plan_;

  std::mutex progress_mutex_;
  std::size_t finished_ = 0;
};

}  // namespace

void StartEmbedJob(std::shared_ptr<const EmbeddingPipeline> pipeline, EmbeddingModel::EmbedRequest request,
                   std::function<void(std::exception_ptr)> done) {
  std::make_shared<EmbedJob>(std::move(pipeline), std::move(request), std::move(done))->Start();
}

}  // namespace densenode
