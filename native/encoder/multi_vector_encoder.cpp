#include "encoder/multi_vector_encoder.h"

#include <limits>
#include <utility>

#include "common/error.h"
#include "encoder/encode_job.h"

namespace densenode {
namespace {

class MultiVectorJob : public EncodeJob {
 public:
  MultiVectorJob(std::shared_ptr<const EncoderPipeline> pipeline, const LateInteractionTokens& tokens,
                 const TokenHead& head, MultiVectorEncoder::EmbedRequest request,
                 std::function<void(std::exception_ptr)> done)
      : EncodeJob(std::move(pipeline), {request.cancellation, request.on_progress}, std::move(done)),
        tokens_(tokens),
        head_(head),
        request_(std::move(request)) {}

 private:
  std::size_t Prepare() override {
    texts_.resize(request_.texts->size());
    return texts_.size();
  }

  std::size_t Tokenize(std::size_t i, std::vector<std::int32_t>* ids, std::vector<std::int32_t>* type_ids,
                       std::size_t* seen) const override {
    return tokens_.Encode(pipeline(), (*request_.texts)[i], request_.queries, ids, type_ids, seen);
  }

  void TakeEmpty(std::span<const std::uint32_t>) override {}

  void RunBatch(const TokenBatch& batch, std::span<const std::uint32_t> texts,
                const EncoderSession::RunSettings& settings) override {
    const std::int32_t* ids = batch.ids.data();
    pipeline().session->Run(batch, settings, [&](std::size_t text, const float* vectors, std::size_t rows) {
      texts_[texts[text]] = head_.Apply(vectors, {ids, rows}, request_.queries);
      ids += rows;
    });
  }

  void Complete() override {
    MultiVectors& out = *request_.out;
    std::size_t values = 0;
    for (const auto& text : texts_) values += text.size();
    if (values / head_.dimension() > std::numeric_limits<std::int32_t>::max())
      Fail(ErrorCode::kInvalidArgument,
           "the texts have more vectors than one result holds: embed fewer at a time");
    out.data.reserve(values);
    out.offsets.push_back(0);
    for (auto& text : texts_) {
      out.data.insert(out.data.end(), text.begin(), text.end());
      out.offsets.push_back(static_cast<std::int32_t>(out.data.size() / head_.dimension()));
      text = {};
    }
  }

  const LateInteractionTokens& tokens_;  // of the model, which lives as long as the pipeline
  const TokenHead& head_;
  const MultiVectorEncoder::EmbedRequest request_;
  std::vector<std::vector<float>> texts_;
};

// Tokens that others do not attend to: the CPU in fp32 has them.
EmbeddingModel::LoadOptions OptionsForUnseen(EmbeddingModel::LoadOptions options,
                                             const std::filesystem::path& path) {
  if (options.devices == std::vector<std::string>{"auto"}) options.devices = {"cpu"};
  if (options.dtype == "auto") options.dtype = "fp32";
  if (options.dtype != "fp32" || options.devices != std::vector<std::string>{"cpu"}) {
    Fail(ErrorCode::kModelUnsupported, path,
         ": its queries are filled up with tokens that others do not attend to, which are supported on the "
         "CPU in "
         "fp32 alone; use \"auto\"");
  }
  return options;
}

}  // namespace

MultiVectorEncoder::MultiVectorEncoder(ModelDescription description,
                                       const EmbeddingModel::LoadOptions& options)
    : LoadedModel(std::move(description), options),
      tokens_(this->description().late_interaction, pipeline()),
      head_(this->description(), TakeCheckpoint().get(), pipeline().session->dimension(),
            *pipeline().tokenizer) {}

std::shared_ptr<MultiVectorEncoder> MultiVectorEncoder::Load(const std::filesystem::path& path,
                                                             const EmbeddingModel::LoadOptions& options) {
  ModelDescription description = DescribeModel(path, ModelPurpose::kTokens);
  const auto& expansion = description.late_interaction.expansion;
  const bool all_seen = !expansion || expansion->seen;
  return std::shared_ptr<MultiVectorEncoder>(
      new MultiVectorEncoder(std::move(description), all_seen ? options : OptionsForUnseen(options, path)));
}

void MultiVectorEncoder::Embed(EmbedRequest request, std::function<void(std::exception_ptr)> done) {
  // The job holds the whole model through its pipeline.
  std::shared_ptr<const EncoderPipeline> held(shared_from_this(), &pipeline());
  std::make_shared<MultiVectorJob>(std::move(held), tokens_, head_, std::move(request), std::move(done))
      ->Start();
}

}  // namespace densenode
