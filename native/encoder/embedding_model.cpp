#include "encoder/embedding_model.h"

#include <algorithm>
#include <utility>

#include "common/memory.h"
#include "encoder/dtype_check.h"
#include "encoder/embed_job.h"
#include "encoder/model_folder.h"
#include "encoder/open_session.h"
#include "encoder/replicated_session.h"

namespace densenode {
namespace {

// The CPU. Measured on all-MiniLM-L6-v2 (AVX2, 512 KiB of L2 a core): texts per CPU second are level from 256
// to 512 tokens, then fall by a quarter to 2,048 and by a third to a half to 4,096, as the activations of a
// batch leave the caches.
constexpr std::size_t kCpuBatchTokens = 256;
constexpr std::size_t kCpuMinBatchTokens = 128;  // smaller matrix products waste the vector units
constexpr std::size_t kCpuMaxBatchTexts = 512;

// The CPU in bf16, without padding.
constexpr std::size_t kBf16BatchTokens = 512;
constexpr std::size_t kBf16MinBatchTokens = 64;
constexpr std::size_t kBf16MaxBatchTexts = 8'192;
constexpr std::size_t kNoPaddingLimit = 1 << 20;

// CUDA. Packed tokens fill the device's matrix units from some thousands on. Padding costs no arithmetic, but
// attention sets aside memory for it.
constexpr std::size_t kCudaBatchTokens = 32'768;
constexpr std::size_t kCudaMinBatchTokens = 4'096;
constexpr std::size_t kCudaMaxBatchTexts = 8'192;
constexpr std::size_t kCudaPaddingFactor = 4;
constexpr std::size_t kCudaBatchesInFlight = 2;  // a device: one computes while the next is packed and sent

// All of one kind.
std::vector<Device> ChooseDevices(const std::vector<std::string>& names,
                                  const ModelDescription& description) {
  if (names.empty()) Fail(ErrorCode::kInvalidArgument, "device must name at least one");
  std::vector<Device> devices;
  for (const std::string& name : names) {
    devices.push_back(ChooseDevice(name, description));
    if (devices.back().is_cuda() != devices.front().is_cuda()) {
      Fail(ErrorCode::kInvalidArgument, "one model cannot be on ", devices.front().name(), " and on ",
           devices.back().name(), ": several devices must all be CUDA devices");
    }
  }
  return devices;
}

BatchLimits LimitsFor(const Device& device, const std::string& dtype) {
  if (device.is_cuda()) {
    return {.max_tokens = kCudaBatchTokens,
            .padding_factor = kCudaPaddingFactor,
            .max_texts = kCudaMaxBatchTexts,
            .min_batches = 1,
            .min_tokens = kCudaMinBatchTokens};
  }
  if (dtype == "bf16") {
    return {.max_tokens = kBf16BatchTokens,
            .padding_factor = kNoPaddingLimit,
            .max_texts = kBf16MaxBatchTexts,
            .min_batches = 1,
            .min_tokens = kBf16MinBatchTokens};
  }
  return {.max_tokens = kCpuBatchTokens,
          .padding_factor = 1,
          .max_texts = kCpuMaxBatchTexts,
          .min_batches = 1,
          .min_tokens = kCpuMinBatchTokens};
}

void SetBatching(const EmbeddingModel::LoadOptions& options, const std::vector<Device>& devices,
                 const std::string& dtype, EmbeddingPipeline* pipeline) {
  BatchLimits limits = LimitsFor(devices.front(), dtype);
  if (options.max_batch_tokens) limits.max_tokens = options.max_batch_tokens;
  limits.min_tokens = std::min(limits.min_tokens, limits.max_tokens);
  pipeline->threads = options.threads;
  pipeline->batches_in_flight = devices.front().is_cuda() ? kCudaBatchesInFlight * devices.size() : 0;
  pipeline->batch_limits = limits;
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

}  // namespace

struct EmbeddingModel::Parts {
  EmbeddingPipeline pipeline;
  ModelDescription description;
  std::vector<Device> devices;
  std::string dtype;
};

EmbeddingModel::EmbeddingModel(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
EmbeddingModel::~EmbeddingModel() {
  parts_.reset();
  ReturnFreeMemory();
}

std::shared_ptr<EmbeddingModel> EmbeddingModel::Load(const std::filesystem::path& path,
                                                     const LoadOptions& options) {
  auto parts = std::make_unique<Parts>();
  parts->description = DescribeModel(path);
  parts->devices = ChooseDevices(options.devices, parts->description);
  parts->dtype = ChooseDtype(options.dtype, parts->devices.front(), parts->description);
  const ModelDescription& description = parts->description;
  EmbeddingPipeline& pipeline = parts->pipeline;
  pipeline.tokenizer = Tokenizer::Load(description.tokenizer);
  pipeline.max_tokens = ChooseMaxTokens(description, options.max_tokens, *pipeline.tokenizer);
  pipeline.pooling = options.pooling.value_or(description.pooling);
  pipeline.normalize = options.normalize.value_or(description.normalize);
  std::vector<Replica> replicas = OpenReplicas(description, parts->devices, parts->dtype);
  if (options.dtype == "auto" && parts->dtype == "bf16") {
    const double cosine = LowestCosineToFp32(description, *replicas.front().session, *pipeline.tokenizer,
                                             pipeline.pooling, pipeline.max_tokens);
    if (!(cosine >= kLeastCosineToFp32)) {
      parts->dtype = "fp32";
      replicas.clear();
      replicas = OpenReplicas(description, parts->devices, parts->dtype);
    }
  }
  pipeline.session = replicas.size() == 1
                         ? std::move(replicas.front().session)
                         : ReplicateSession(std::move(replicas),
                                            parts->devices.front().is_cuda() ? kCudaBatchesInFlight : 0);
  const std::size_t dimension = pipeline.session->dimension();
  if (description.word_embedding_dimension.value_or(dimension) != dimension) {
    Fail(ErrorCode::kModelInvalid, "the Pooling module in ", path, " expects ",
         *description.word_embedding_dimension, " dimensions, but the transformer gives ", dimension);
  }
  SetBatching(options, parts->devices, parts->dtype, &pipeline);
  return std::shared_ptr<EmbeddingModel>(new EmbeddingModel(std::move(parts)));
}

std::size_t EmbeddingModel::dimension() const { return parts_->pipeline.session->dimension(); }
std::size_t EmbeddingModel::max_tokens() const { return parts_->pipeline.max_tokens; }
PoolingMode EmbeddingModel::pooling() const { return parts_->pipeline.pooling; }
bool EmbeddingModel::normalize() const { return parts_->pipeline.normalize; }
const std::vector<Device>& EmbeddingModel::devices() const { return parts_->devices; }
Device EmbeddingModel::output_device() const { return parts_->pipeline.session->device(); }
const std::string& EmbeddingModel::dtype() const { return parts_->dtype; }
const std::map<std::string, std::string>& EmbeddingModel::prompts() const {
  return parts_->description.prompts;
}
const std::optional<std::string>& EmbeddingModel::default_prompt() const {
  return parts_->description.default_prompt;
}
const std::string& EmbeddingModel::name() const { return parts_->description.name; }
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
