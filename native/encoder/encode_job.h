// What the jobs of all models have in common, on the Executor: texts are tokenized in parallel and cut into
// batches of like length, and each batch goes through the session.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "common/cancellation.h"
#include "encoder/batching.h"
#include "encoder/session.h"
#include "text/tokenizer.h"

namespace densenode {

// What a loaded transformer needs to encode texts.
struct EncoderPipeline {
  std::shared_ptr<const Tokenizer> tokenizer;
  std::shared_ptr<const EncoderSession> session;
  std::size_t max_tokens = 0;         // 0: what tokenizer.json says
  bool special_tokens = true;         // are added to texts
  std::size_t threads = 0;            // most threads of one job at once; 0: the whole pool
  std::size_t batches_in_flight = 0;  // most batches of one job at once; 0: one for each thread
  BatchLimits batch_limits{};         // min_batches is set to what can be at work at once

  std::size_t threads_of_job() const;
  std::size_t batches_at_once() const;
  Tokenizer::EncodeOptions encode_options() const;
  // Appends the tokens of a text behind its prompt and returns how many.
  std::size_t Encode(std::string_view text, std::string_view prompt, const Tokenizer::EncodeOptions& options,
                     std::vector<std::int32_t>* ids, std::vector<std::int32_t>* type_ids) const;
};

class EncodeJob : public std::enable_shared_from_this<EncodeJob> {
 public:
  struct Settings {
    std::shared_ptr<Cancellation> cancellation;  // may be null
    // Texts finished so far; from pool threads, one call at a time.
    std::function<void(std::size_t)> on_progress;
    std::int32_t* token_counts = nullptr;  // one a text; may be null
  };

  virtual ~EncodeJob() = default;
  // Returns at once; every error is given to done(error), once, on a pool thread. The job lives until then.
  void Start();
  // Does the whole job on this thread and throws its errors; `done` is not called.
  void RunHere();

 protected:
  EncodeJob(std::shared_ptr<const EncoderPipeline> pipeline, Settings settings,
            std::function<void(std::exception_ptr)> done);

  // Before all else, on a pool thread: throws for a request that cannot be met. The number of texts.
  virtual std::size_t Prepare() = 0;
  // Appends the tokens of a text and returns how many; many texts at once. `*seen` is the number of those,
  // the first, that others attend to; left alone: all.
  virtual std::size_t Tokenize(std::size_t text, std::vector<std::int32_t>* ids,
                               std::vector<std::int32_t>* type_ids, std::size_t* seen) const = 0;
  // Of texts without any token, before the batches.
  virtual void TakeEmpty(std::span<const std::uint32_t> texts) = 0;
  // `texts`: those of the batch, in its order; many batches at once.
  virtual void RunBatch(const TokenBatch& batch, std::span<const std::uint32_t> texts,
                        const EncoderSession::RunSettings& settings) = 0;
  // After the last batch.
  virtual void Complete() {}

  const EncoderPipeline& pipeline() const { return *pipeline_; }

 private:
  struct Chunk {
    std::vector<std::int32_t> ids;
    std::vector<std::int32_t> type_ids;
  };

  // Goes on with `stage`, or ends the job with the error so far.
  template <typename Stage>
  void Then(std::exception_ptr error, Stage stage);
  void Finish(std::exception_ptr error);
  void Cut(std::size_t count);
  void TokenizeAll();
  void TokenizeChunk(std::size_t index);
  void Plan(std::size_t batches_at_once);
  void RunAll();
  TokenBatch Pack(const BatchPlan::Batch& plan) const;
  void Run(std::size_t index);

  std::shared_ptr<const EncoderPipeline> pipeline_;
  const Settings settings_;
  std::function<void(std::exception_ptr)> done_;

  std::size_t chunk_texts_ = 1;
  std::vector<Chunk> chunks_;
  std::vector<std::size_t> starts_;  // where text i begins in its chunk
  std::vector<std::int32_t> counts_, seen_;
  BatchPlan plan_;

  std::mutex progress_mutex_;
  std::size_t finished_ = 0;
};

}  // namespace densenode
