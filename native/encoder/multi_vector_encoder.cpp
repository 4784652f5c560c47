#include "encoder/multi_vector_encoder.h"

#include <limits>
#include <utility>

#include "common/error.h"
#include "common/memory.h"
#include "encoder/encode_job.h"
#include "encoder/heads/token_head.h"
#include "encoder/late_interaction_tokens.h"
#include "encoder/model_folder.h"
#include "encoder/open_pipelines.h"

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

struct MultiVectorEncoder::Parts {
  ModelDescription description;
  OpenedPipelines opened;
  LateInteractionTokens tokens;
  TokenHead head;

  const EmbeddingPipeline& pipeline() const { return *opened.pipelines.front(); }
};

MultiVectorEncoder::MultiVectorEncoder(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
MultiVectorEncoder::~MultiVectorEncoder() {
  parts_.reset();
  ReturnFreeMemory();
}

std::shared_ptr<MultiVectorEncoder> MultiVectorEncoder::Load(const std::filesystem::path& path,
                                                             const EmbeddingModel::LoadOptions& options) {
  const std::vector<ModelDescription> described = {DescribeModel(path, ModelPurpose::kTokens)};
  const LateInteraction& late = described.front().late_interaction;
  const bool all_seen = !late.expansion || late.expansion->seen;
  OpenedPipelines opened = OpenPipelines(described, all_seen ? options : OptionsForUnseen(options, path));
  const EmbeddingPipeline& pipeline = *opened.pipelines.front();
  LateInteractionTokens tokens(late, pipeline);
  TokenHead head(described.front(), pipeline.session->dimension(), *pipeline.tokenizer);
  return std::shared_ptr<MultiVectorEncoder>(new MultiVectorEncoder(std::make_unique<Parts>(
      Parts{described.front(), std::move(opened), std::move(tokens), std::move(head)})));
}

std::size_t MultiVectorEncoder::dimension() const { return parts_->head.dimension(); }
std::size_t MultiVectorEncoder::query_tokens() const { return parts_->tokens.most(true); }
std::size_t MultiVectorEncoder::document_tokens() const { return parts_->tokens.most(false); }
const std::vector<Device>& MultiVectorEncoder::devices() const { return parts_->opened.devices; }
const std::string& MultiVectorEncoder::dtype() const { return parts_->opened.dtype; }
const std::string& MultiVectorEncoder::name() const { return parts_->description.name; }
const std::string& MultiVectorEncoder::architecture() const {
  return parts_->pipeline().session->architecture();
}
std::size_t MultiVectorEncoder::weight_bytes() const { return parts_->pipeline().session->weight_bytes(); }

void MultiVectorEncoder::Embed(EmbedRequest request, std::function<void(std::exception_ptr)> done) {
  // The job holds the whole model through its pipeline.
  const std::shared_ptr<const EncoderPipeline> pipeline(shared_from_this(), &parts_->pipeline());
  std::make_shared<MultiVectorJob>(pipeline, parts_->tokens, parts_->head, std::move(request),
                                   std::move(done))
      ->Start();
}

}  // namespace densenode
