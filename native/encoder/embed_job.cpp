#include "encoder/embed_job.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace densenode {
namespace {

// How many tokens of a text are those of the prompt before it, as sentence-transformers counts them: the
// prompt's own, with special tokens but for one at its end.
std::size_t PromptTokens(const EncoderPipeline& pipeline, const std::string& prompt) {
  const Tokenizer& tokenizer = *pipeline.tokenizer;
  std::vector<std::int32_t> ids;
  const std::size_t count = pipeline.Encode(prompt, "", pipeline.encode_options(), &ids, nullptr);
  if (count == 0) return 0;
  const std::span<const std::int32_t> last(&ids.back(), 1);
  const bool special = tokenizer.Decode(last, true).empty() && !tokenizer.Decode(last, false).empty();
  return special ? count - 1 : count;
}

class EmbedJob : public EncodeJob {
 public:
  EmbedJob(std::shared_ptr<const EmbeddingPipeline> pipeline, EmbeddingModel::EmbedRequest request,
           std::function<void(std::exception_ptr)> done)
      : EncodeJob(pipeline, {request.cancellation, request.on_progress, request.token_counts},
                  std::move(done)),
        modules_(*pipeline->modules),
        pooler_(pipeline->device_pooler()),
        dimension_(pipeline->dimension),
        cut_{.normalize = request.normalize.value_or(pipeline->normalize)},
        request_(std::move(request)) {}

 private:
  std::size_t Prepare() override {
    if (!request_.texts) Fail(ErrorCode::kInvalidArgument, "texts are missing");
    if (request_.dimension > dimension_) {
      Fail(ErrorCode::kInvalidArgument, "dimension must be from 1 to the model's ", dimension_, ", not ",
           request_.dimension);
    }
    cut_.dimension = request_.dimension == 0 ? dimension_ : request_.dimension;
    const std::size_t count = request_.texts->size();
    if (count > 0 && !request_.out && !request_.device_out)
      Fail(ErrorCode::kInvalidArgument, "out is missing");
    if (request_.out && request_.device_out)
      Fail(ErrorCode::kInvalidArgument, "out and device_out cannot both be set");
    if (request_.device_out && !(pooler_ && pooler_->device().is_cuda())) {
      Fail(ErrorCode::kInvalidArgument,
           "device_out needs a model that writes to the memory of one CUDA device; this one writes to the "
           "host's");
    }
    if (request_.adapter && request_.adapter->dimension() != cut_.dimension) {
      Fail(ErrorCode::kInvalidArgument, "the adapter is for embeddings of dimension ",
           request_.adapter->dimension(), ", not ", cut_.dimension);
    }
    if (request_.adapter && request_.device_out)
      Fail(ErrorCode::kInvalidArgument, "an adapter works in host memory: device_out cannot be set");
    if (modules_.leaves_prompt_out() && !request_.prompt.empty())
      prompt_tokens_ = PromptTokens(pipeline(), request_.prompt);
    return count;
  }

  std::size_t Tokenize(std::size_t i, std::vector<std::int32_t>* ids, std::vector<std::int32_t>* type_ids,
                       std::size_t*) const override {
    return pipeline().Encode((*request_.texts)[i], request_.prompt, pipeline().encode_options(), ids,
                             type_ids);
  }

  void TakeEmpty(std::span<const std::uint32_t> texts) override {
    if (request_.device_out) {
      pooler_->WriteZeros(cut_.dimension, texts, request_.device_out);
    } else {
      for (const std::uint32_t row : texts) modules_.Embed(nullptr, 0, 0, cut_, HostRow(row));
    }
  }

  float* HostRow(std::size_t row) const { return request_.out + row * cut_.dimension; }

  void RunBatch(const TokenBatch& batch, std::span<const std::uint32_t> texts,
                const EncoderSession::RunSettings& settings) override {
    if (pooler_) {
      pooler_->Embed(batch, {*modules_.lone_mode(), cut_.dimension, cut_.normalize, settings.cancellation},
                     {.host = request_.out, .device = request_.device_out, .rows = texts});
    } else {
      pipeline().session->Run(batch, settings,
                              [&](std::size_t text, const float* vectors, std::size_t count) {
                                modules_.Embed(vectors, count, prompt_tokens_, cut_, HostRow(texts[text]));
                              });
    }
    if (request_.adapter) Adapt(texts);
  }

  void Adapt(std::span<const std::uint32_t> rows) const {
    std::vector<float> embeddings(rows.size() * cut_.dimension);
    for (std::size_t i = 0; i < rows.size(); ++i)
      std::copy_n(HostRow(rows[i]), cut_.dimension, embeddings.data() + i * cut_.dimension);
    request_.adapter->Apply(embeddings.data(), rows.size(), embeddings.data());
    for (std::size_t i = 0; i < rows.size(); ++i)
      std::copy_n(embeddings.data() + i * cut_.dimension, cut_.dimension, HostRow(rows[i]));
  }

  const ModuleChain& modules_;  // of the pipeline, as pooler_
  const DevicePooler* const pooler_;
  const std::size_t dimension_;
  ModuleChain::Cut cut_;
  const EmbeddingModel::EmbedRequest request_;
  std::size_t prompt_tokens_ = 0;  // of every text, to be left out of pooling
};

}  // namespace

void StartEmbedJob(std::shared_ptr<const EmbeddingPipeline> pipeline, EmbeddingModel::EmbedRequest request,
                   std::function<void(std::exception_ptr)> done) {
  std::make_shared<EmbedJob>(std::move(pipeline), std::move(request), std::move(done))->Start();
}

void EmbedHere(std::shared_ptr<const EmbeddingPipeline> pipeline, EmbeddingModel::EmbedRequest request) {
  std::make_shared<EmbedJob>(std::move(pipeline), std::move(request), nullptr)->RunHere();
}

}  // namespace densenode
