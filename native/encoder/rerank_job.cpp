#include "encoder/rerank_job.h"

#include <string_view>
#include <utility>
#include <vector>

#include "common/error.h"

namespace densenode {
namespace {

class RerankJob : public EncodeJob {
 public:
  RerankJob(std::shared_ptr<const EmbeddingPipeline> pipeline, std::string prompt,
            Reranker::PredictRequest request, std::function<void(std::exception_ptr)> done)
      : EncodeJob(pipeline, {request.cancellation, request.on_progress, request.token_counts},
                  std::move(done)),
        head_(*pipeline->modules),
        prompt_(std::move(prompt)),
        request_(std::move(request)) {}

 private:
  std::size_t Prepare() override {
    const std::size_t pairs = request_.seconds->size();
    if (request_.firsts->size() != pairs && request_.firsts->size() != 1) {
      Fail(ErrorCode::kInvalidArgument, "expected one first text, or one for each of ", pairs,
           " pairs, but got ", request_.firsts->size());
    }
    return pairs;
  }

  std::size_t Tokenize(std::size_t i, std::vector<std::int32_t>* ids, std::vector<std::int32_t>* type_ids,
                       std::size_t*) const override {
    Tokenizer::EncodeOptions options = pipeline().encode_options();
    options.truncation = TruncationStrategy::kLongestFirst;
    const TextList& firsts = *request_.firsts;
    const std::string_view first = firsts[firsts.size() == 1 ? 0 : i], second = (*request_.seconds)[i];
    const Tokenizer& tokenizer = *pipeline().tokenizer;
    if (prompt_.empty()) return tokenizer.EncodePair(first, second, options, ids, type_ids);
    return tokenizer.EncodePair(std::string(prompt_).append(first), second, options, ids, type_ids);
  }

  void TakeEmpty(std::span<const std::uint32_t> texts) override {
    for (const std::uint32_t text : texts) Score(nullptr, 0, text);
  }

  void RunBatch(const TokenBatch& batch, std::span<const std::uint32_t> texts,
                const EncoderSession::RunSettings& settings) override {
    pipeline().session->Run(batch, settings, [&](std::size_t text, const float* vectors, std::size_t rows) {
      Score(vectors, rows, texts[text]);
    });
  }

  void Score(const float* vectors, std::size_t rows, std::size_t pair) const {
    const std::size_t labels = head_.dimension();
    head_.Embed(vectors, rows, 0, {.dimension = labels}, request_.out + pair * labels);
  }

  void Complete() override {
    request_.activation->Apply(request_.out, request_.seconds->size(), head_.dimension());
  }

  const ModuleChain& head_;  // of the pipeline
  const std::string prompt_;
  const Reranker::PredictRequest request_;
};

}  // namespace

void StartRerankJob(std::shared_ptr<const EmbeddingPipeline> pipeline, std::string prompt,
                    Reranker::PredictRequest request, std::function<void(std::exception_ptr)> done) {
  std::make_shared<RerankJob>(std::move(pipeline), std::move(prompt), std::move(request), std::move(done))
      ->Start();
}

}  // namespace densenode
