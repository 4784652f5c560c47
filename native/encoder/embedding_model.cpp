#include "encoder/embedding_model.h"

#include <algorithm>
#include <utility>

#include "common/memory.h"
#include "encoder/bert_graph.h"
#include "encoder/embed_job.h"
#include "encoder/model_folder.h"
#include "encoder/onnx_file_session.h"

namespace densenode {
namespace {

// Measured on all-MiniLM-L6-v2 (AVX2, 512 KiB of L2 a core): texts per CPU second are level from 256 to 512
// tokens, then fall by a quarter to 2,048 and by a third to a half to 4,096, as the activations of a batch
// leave the caches.
constexpr std::size_t kDefaultBatchTokens = 256;

void CheckDevice(const std::string& device) {
  if (device == "auto" || device == "cpu") return;
  if (device == "cuda" || device.starts_with("cuda:")) {
    Fail(ErrorCode::kDeviceUnavailable, "device \"", device,
         "\" is not available: this build of densenode has no CUDA. Use device \"cpu\", or install a CUDA "
         "build");
  }
  Fail(ErrorCode::kInvalidArgument, "device must be auto, cpu, cuda or cuda:N, not \"", device, "\"");
}

void CheckDtype(const std::string& dtype) {
  if (dtype == "auto" || dtype == "fp32") return;
  if (dtype == "fp16" || dtype == "bf16" || dtype == "int8") {
    Fail(ErrorCode::kModelUnsupported, "dtype \"", dtype, "\" is not supported on the CPU yet; use fp32");
  }
  Fail(ErrorCode::kInvalidArgument, "dtype must be auto, fp32, fp16, bf16 or int8, not \"", dtype, "\"");
}

std::size_t ChooseMaxTokens(const ModelDescription& description, const std::optional<std::size_t>& asked,
                            const Tokenizer& tokenizer) {
  if (!asked) return description.max_tokens;
  const std::size_t least = tokenizer.special_tokens_per_text() + 1;
  const std::size_t most = description.position_limit.value_or(std::max(description.max_tokens, *asked));
  if (*asked < least || *asked > most) {
    Fail(ErrorCode::kInvalidArgument, "maxTokens must be from ", least, " (special tokens and one more) to ",
         most, " (what the model has positions for), not ", *asked);
  }
  return *asked;
}

std::unique_ptr<EncoderSession> OpenSession(const ModelDescription& description) {
  if (!description.onnx.empty()) return OpenOnnxFile(description.onnx);
  const BertConfig config = BertConfig::Parse(description.config, description.config_path);
  const Safetensors weights = Safetensors::Open(description.safetensors);
  auto session = OpenBertSession(config, weights);
  weights.ReleasePages();  // ONNX Runtime has packed the matrices; what it still reads in place comes back by
                           // itself
  return session;
}

}  // namespace

struct EmbeddingModel::Parts {
  EmbeddingPipeline pipeline;
  ModelDescription description;
  std::string device = "cpu";
  std::string dtype = "fp32";
};

EmbeddingModel::EmbeddingModel(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
EmbeddingModel::~EmbeddingModel() {
  parts_.reset();
  ReturnFreeMemory();
}

std::shared_ptr<EmbeddingModel> EmbeddingModel::Load(const std::filesystem::path& path,
                                                     const LoadOptions& options) {
  CheckDevice(options.device);
  CheckDtype(options.dtype);
  auto parts = std::make_unique<Parts>();
  parts->description = DescribeModel(path);
  const ModelDescription& description = parts->description;
  EmbeddingPipeline& pipeline = parts->pipeline;
  pipeline.tokenizer = Tokenizer::Load(description.tokenizer);
  pipeline.max_tokens = ChooseMaxTokens(description, options.max_tokens, *pipeline.tokenizer);
  pipeline.session = OpenSession(description);
  const std::size_t dimension = pipeline.session->dimension();
  if (description.word_embedding_dimension.value_or(dimension) != dimension) {
    Fail(ErrorCode::kModelInvalid, "the Pooling module in ", path, " expects ",
         *description.word_embedding_dimension, " dimensions, but the transformer gives ", dimension);
  }
  pipeline.pooling = options.pooling.value_or(description.pooling);
  pipeline.normalize = options.normalize.value_or(description.normalize);
  pipeline.threads = options.threads;
  pipeline.max_batch_tokens = options.max_batch_tokens == 0 ? kDefaultBatchTokens : options.max_batch_tokens;
  return std::shared_ptr<EmbeddingModel>(new EmbeddingModel(std::move(parts)));
}

std::size_t EmbeddingModel::dimension() const { return parts_->pipeline.session->dimension(); }
std::size_t EmbeddingModel::max_tokens() const { return parts_->pipeline.max_tokens; }
PoolingMode EmbeddingModel::pooling() const { return parts_->pipeline.pooling; }
bool EmbeddingModel::normalize() const { return parts_->pipeline.normalize; }
const std::string& EmbeddingModel::device() const { return parts_->device; }
const std::string& EmbeddingModel::dtype() const { return parts_->dtype; }
const std::map<std::string, std::string>& EmbeddingModel::prompts() const {
  return parts_->description.prompts;
}
const std::optional<std::string>& EmbeddingModel::default_prompt() const {
  return parts_->description.default_prompt;
}
const std::string& EmbeddingModel::architecture() const { return parts_->pipeline.session->architecture(); }
std::size_t EmbeddingModel::weight_bytes() const { return parts_->pipeline.session->weight_bytes(); }
const std::shared_ptr<const Tokenizer>& EmbeddingModel::tokenizer() const {
  return parts_->pipeline.tokenizer;
}

void EmbeddingModel::Embed(EmbedRequest request, std::function<void(std::exception_ptr)> done) {
  // The job holds the whole model through its pipeline.
  StartEmbedJob({shared_from_this(), &parts_->pipeline}, std::move(request), std::move(done));
}

}  // namespace densenode
