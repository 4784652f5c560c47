#include "encoder/sparse_encoder.h"

#include <limits>
#include <utility>

#include "common/error.h"
#include "encoder/encode_job.h"

namespace densenode {
namespace {

class SparseJob : public EncodeJob {
 public:
  SparseJob(std::shared_ptr<const EncoderPipeline> pipeline, const SpladeHead& head,
            SparseEncoder::EmbedRequest request, std::function<void(std::exception_ptr)> done)
      : EncodeJob(std::move(pipeline), {request.cancellation, request.on_progress, request.token_counts},
                  std::move(done)),
        head_(head),
        request_(std::move(request)) {}

 private:
  std::size_t Prepare() override {
    texts_.resize(request_.texts->size());
    return texts_.size();
  }

  std::size_t Tokenize(std::size_t i, std::vector<std::int32_t>* ids, std::vector<std::int32_t>* type_ids,
                       std::size_t*) const override {
    return pipeline().Encode((*request_.texts)[i], request_.prompt, pipeline().encode_options(), ids,
                             type_ids);
  }

  void TakeEmpty(std::span<const std::uint32_t>) override {}

  void RunBatch(const TokenBatch& batch, std::span<const std::uint32_t> texts,
                const EncoderSession::RunSettings& settings) override {
    pipeline().session->Run(batch, settings, [&](std::size_t text, const float* vectors, std::size_t rows) {
      texts_[texts[text]] = head_.Apply(vectors, rows, request_.most);
    });
  }

  void Complete() override {
    SparseMatrix& out = *request_.out;
    std::size_t weights = 0;
    for (const SparseText& text : texts_) weights += text.ids.size();
    if (weights > std::numeric_limits<std::int32_t>::max())
      Fail(ErrorCode::kInvalidArgument, "the texts have ", weights,
           " weights, more than one result holds: embed fewer at a time");
    out.ids.reserve(weights);
    out.weights.reserve(weights);
    out.offsets.push_back(0);
    for (SparseText& text : texts_) {
      out.ids.insert(out.ids.end(), text.ids.begin(), text.ids.end());
      out.weights.insert(out.weights.end(), text.weights.begin(), text.weights.end());
      out.offsets.push_back(static_cast<std::int32_t>(out.ids.size()));
      text = {};
    }
  }

  const SpladeHead& head_;  // of the model, which lives as long as the pipeline
  const SparseEncoder::EmbedRequest request_;
  std::vector<SparseText> texts_;
};

}  // namespace

SparseEncoder::SparseEncoder(ModelDescription description, const EmbeddingModel::LoadOptions& options)
    : LoadedModel(std::move(description), options),
      head_(this->description(), TakeCheckpoint().get(), pipeline().session->dimension()) {}

std::shared_ptr<SparseEncoder> SparseEncoder::Load(const std::filesystem::path& path,
                                                   const EmbeddingModel::LoadOptions& options) {
  return std::shared_ptr<SparseEncoder>(
      new SparseEncoder(DescribeModel(path, ModelPurpose::kSparse), options));
}

void SparseEncoder::Embed(EmbedRequest request, std::function<void(std::exception_ptr)> done) {
  // The job holds the whole model through its pipeline.
  std::shared_ptr<const EncoderPipeline> held(shared_from_this(), &pipeline());
  std::make_shared<SparseJob>(std::move(held), head_, std::move(request), std::move(done))->Start();
}

}  // namespace densenode
