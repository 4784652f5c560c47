#include "encoder/open_pipelines.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "common/executor.h"
#include "encoder/batch_limits.h"
#include "encoder/dtype_check.h"
#include "encoder/heads/classification_head.h"
#include "encoder/open_session.h"
#include "encoder/replicated_session.h"
#include "encoder/static_session.h"

namespace densenode {
namespace {

constexpr const char* kNarrow = "int8-bf16";
constexpr std::size_t kLayerGroups = 6;  // that are tried together

// All of one kind.
std::vector<Device> ChooseDevices(const std::vector<std::string>& names, const ModelDescription& route) {
  if (names.empty()) Fail(ErrorCode::kInvalidArgument, "device must name at least one");
  std::vector<Device> devices;
  for (const std::string& name : names) {
    devices.push_back(ChooseDevice(name, route));
    if (devices.back().is_cuda() != devices.front().is_cuda()) {
      Fail(ErrorCode::kInvalidArgument, "one model cannot be on ", devices.front().name(), " and on ",
           devices.back().name(), ": several devices must all be CUDA devices");
    }
  }
  return devices;
}

std::size_t ChooseMaxTokens(const ModelDescription& route, const std::optional<std::size_t>& asked,
                            const Tokenizer& tokenizer) {
  if (!asked) return route.max_tokens;
  const std::size_t least = (route.special_tokens ? tokenizer.special_tokens_per_text() : 0) + 1;
  const std::size_t most = route.position_limit.value_or(std::max(route.max_tokens, *asked));
  if (*asked < least || *asked > most) {
    Fail(ErrorCode::kInvalidArgument, "maxTokens must be from ", least, " (special tokens and one more) to ",
         most, " (what the model has positions for), not ", *asked);
  }
  return *asked;
}

// Where a session's weights are: routes that agree in this share it.
std::filesystem::path WeightsOf(const ModelDescription& route) {
  if (!route.static_embedding.empty()) return route.static_embedding;
  return route.onnx.empty() ? route.safetensors : route.onnx;
}

class Opener {
 public:
  Opener(std::span<const ModelDescription> routes, const EmbeddingModel::LoadOptions& options)
      : routes_(routes), options_(options) {}

  OpenedPipelines Open() {
    std::vector<Part> parts;
    std::map<std::filesystem::path, Sharing> sharing;
    for (const ModelDescription& route : routes_) {
      auto pipeline = std::make_shared<EmbeddingPipeline>();
      parts.push_back({&route, pipeline.get()});
      sharing[WeightsOf(route)].push_back(parts.back());
      opened_.pipelines.push_back(std::move(pipeline));
    }
    std::vector<Transformer> transformers;
    for (const auto& [weights, sharers] : sharing)
      if (sharers.front().route->static_embedding.empty()) transformers.push_back(Choose(sharers));
    Executor::Get().RunBoth(
        [&] {
          LoadTokenizers(parts);
          for (Transformer& transformer : transformers) RunProbesOf(&transformer);
        },
        [&] {
          for (Transformer& transformer : transformers) OpenSessions(&transformer);
        });
    // Transformers first: they say what device and dtype the model has.
    for (Transformer& transformer : transformers) Complete(std::move(transformer));
    for (const auto& [weights, sharers] : sharing) {
      if (!sharers.front().route->static_embedding.empty()) OpenStatic(sharers);
    }
    return std::move(opened_);
  }

 private:
  struct Part {
    const ModelDescription* route;
    EmbeddingPipeline* pipeline;
  };
  using Sharing = std::vector<Part>;

  struct Transformer {
    Sharing parts;
    std::vector<Device> devices;
    std::string dtype;
    std::unique_ptr<const Checkpoint> checkpoint;  // null for an .onnx file
    std::vector<Probes> probes;                    // one a part, where the dtype is to be checked
    std::vector<Replica> replicas;
  };

  void LoadTokenizers(const std::vector<Part>& parts) const {
    std::map<std::filesystem::path, std::shared_ptr<const Tokenizer>> tokenizers;
    for (const auto& [route, pipeline] : parts) {
      auto& tokenizer = tokenizers[route->tokenizer];
      if (!tokenizer) tokenizer = Tokenizer::Load(route->tokenizer);
      pipeline->tokenizer = tokenizer;
      pipeline->special_tokens = route->special_tokens;
      pipeline->max_tokens = ChooseMaxTokens(*route, options_.max_tokens, *tokenizer);
      pipeline->normalize = options_.normalize.value_or(route->normalize);
      pipeline->threads = options_.threads;
    }
  }

  Transformer Choose(const Sharing& parts) const {
    const ModelDescription& first = *parts.front().route;
    std::vector<Device> devices = ChooseDevices(options_.devices, first);
    std::string dtype = ChooseDtype(options_.dtype, devices.front(), first);
    std::unique_ptr<const Checkpoint> checkpoint;
    if (first.transformer) checkpoint = std::make_unique<Checkpoint>(Checkpoint::Open(first.safetensors));
    return {parts, std::move(devices), std::move(dtype), std::move(checkpoint), {}, {}};
  }

  // Where dtype "auto" is to be checked, or a sample is needed.
  void RunProbesOf(Transformer* transformer) const {
    const bool checks = options_.dtype == "auto" && BeginsInBf16(transformer->dtype);
    if (!checks && transformer->dtype != kNarrow) return;
    for (const auto& [route, pipeline] : transformer->parts) {
      Probes& probes =
          transformer->probes.emplace_back(TokenizeProbes(*pipeline->tokenizer, pipeline->max_tokens));
      if (checks) RunProbes(*route->transformer, *transformer->checkpoint, &probes);
    }
  }

  static void OpenSessions(Transformer* transformer) {
    transformer->replicas = OpenReplicas(*transformer->parts.front().route, transformer->checkpoint.get(),
                                         transformer->devices, transformer->dtype);
  }

  void Complete(Transformer transformer) {
    LoadModules(transformer);
    if (options_.dtype == "auto" &&
        !(LowestCosineToFp32(transformer, transformer.probes) >= kLeastCosineToFp32)) {
      transformer.dtype = "fp32";
      transformer.replicas.clear();
      OpenSessions(&transformer);
    }
    if (transformer.dtype == kNarrow) Narrow(&transformer);
    auto& [parts, devices, dtype, checkpoint, probes, replicas] = transformer;
    const ModelDescription& first = *parts.front().route;
    if (checkpoint) checkpoint->ReleasePages();
    const bool cuda = devices.front().is_cuda();
    std::shared_ptr<const EncoderSession> session =
        replicas.size() == 1 ? std::move(replicas.front().session)
                             : ReplicateSession(std::move(replicas), cuda ? kCudaBatchesInFlight : 0);
    const std::size_t in_flight = cuda ? kCudaBatchesInFlight * devices.size() : 0;
    for (const Part& part : parts) Attach(part, session, LimitsFor(devices.front(), dtype), in_flight);
    if (opened_.dtype.empty()) {
      opened_.dtype = dtype;
      opened_.devices = devices;
      const bool head_follows =
          first.purpose == ModelPurpose::kSparse || first.purpose == ModelPurpose::kTokens;
      if (head_follows) opened_.checkpoint = std::move(checkpoint);
    }
  }

  void OpenStatic(const Sharing& parts) {
    const ModelDescription& first = *parts.front().route;
    if (opened_.dtype.empty()) {  // no transformer
      opened_.devices = HostDevices(first);
      opened_.dtype = "fp32";
      if (options_.dtype != "auto" && options_.dtype != "fp32") {
        Fail(ErrorCode::kModelUnsupported, "dtype \"", options_.dtype, "\" cannot be chosen for ",
             first.static_embedding, ": StaticEmbedding works in fp32; use \"auto\"");
      }
    }
    const auto left_out =
        first.leaves_unknown_out ? parts.front().pipeline->tokenizer->unknown_id() : std::nullopt;
    const std::shared_ptr<const EncoderSession> session = OpenStaticSession(first.static_embedding, left_out);
    for (const Part& part : parts) {
      part.pipeline->modules =
          std::make_unique<ModuleChain>(part.route->modules, std::nullopt, session->dimension());
      Attach(part, session, StaticLimits(), 0);
    }
  }

  // What a StaticEmbedding can be on; "auto" is the host here.
  std::vector<Device> HostDevices(const ModelDescription& route) const {
    if (options_.devices == std::vector<std::string>{"auto"}) return {Device{}};
    const std::vector<Device> devices = ChooseDevices(options_.devices, route);
    if (devices.front().is_cuda()) {
      Fail(ErrorCode::kModelUnsupported, route.static_embedding, ": StaticEmbedding is not supported on ",
           devices.front().name(), "; use \"cpu\" or \"auto\"");
    }
    return devices;
  }

  void LoadModules(const Transformer& transformer) const {
    const EncoderSession& session = *transformer.replicas.front().session;
    for (const auto& [route, pipeline] : transformer.parts) {
      Pooling pooling = route->pooling;
      if (!options_.pooling.empty()) pooling.modes = options_.pooling;
      pooling.include_prompt = options_.include_prompt.value_or(pooling.include_prompt);
      const bool scores = route->purpose == ModelPurpose::kScores;
      // The modules of kTokens are those of its own head.
      const bool tokens = route->purpose == ModelPurpose::kTokens;
      if (session.pools()) {
        pipeline->modules =
            scores ? std::make_unique<ModuleChain>(ModuleFolders{}, std::nullopt, session.dimension())
                   : AfterPooled(*route, session.dimension());
      } else if (scores && route->modules.texts.empty()) {
        pipeline->modules = LoadClassificationHead(*route, *transformer.checkpoint, session.dimension());
      } else {
        pipeline->modules = std::make_unique<ModuleChain>(tokens ? ModuleFolders{} : route->modules,
                                                          std::move(pooling), session.dimension());
      }
    }
  }

  // Behind a session that pools by itself, which does all that its folder describes, nothing follows.
  static std::unique_ptr<const ModuleChain> AfterPooled(const ModelDescription& route,
                                                        std::size_t dimension) {
    if (route.pooling.dimension) {
      const ModuleChain described({.tokens = {}, .texts = route.modules.texts}, route.pooling,
                                  *route.pooling.dimension);
      if (described.dimension() != dimension) {
        Fail(ErrorCode::kModelInvalid, route.onnx, " gives sentence_embedding of ", dimension,
             " dimensions, but the modules of its folder give ", described.dimension());
      }
    }
    return std::make_unique<ModuleChain>(ModuleFolders{}, std::nullopt, dimension);
  }

  // "auto" gives those layers bf16 back that cost the model most, until it is like itself, but for all but
  // half of them.
  void Narrow(Transformer* transformer) const {
    TokenBatch sample;
    for (const Probes& probes : transformer->probes) sample.Append(probes.batch);
    std::size_t layers = 0;
    for (const Replica& replica : transformer->replicas) layers = replica.session->Narrow(sample);
    if (options_.dtype == "auto" && !ChooseNarrow(*transformer, layers)) transformer->dtype = "bf16";
    for (const Replica& replica : transformer->replicas) replica.session->Settle();
  }

  // Of `layers`, all narrow; false: none stays so.
  static bool ChooseNarrow(const Transformer& transformer, std::size_t layers) {
    const auto keeps = [&] {
      return LowestCosineToFp32(transformer, transformer.probes) >= kLeastCosineWhenNarrow;
    };
    const auto set = [&](std::size_t first, std::size_t count, bool narrow) {
      for (const Replica& replica : transformer.replicas) {
        for (std::size_t layer = first; layer < std::min(first + count, layers); ++layer)
          replica.session->SetNarrow(layer, narrow);
      }
    };
    if (keeps()) return true;
    const std::size_t in_group = (layers + kLayerGroups - 1) / kLayerGroups;
    // The cosine with this one alone, and its first layer.
    std::vector<std::pair<double, std::size_t>> groups;
    std::vector<Probes> some;
    for (const Probes& probes : transformer.probes) some.push_back(probes.Short());
    set(0, layers, false);
    for (std::size_t first = 0; first < layers; first += in_group) {
      set(first, in_group, true);
      groups.emplace_back(LowestCosineToFp32(transformer, some), first);
      set(first, in_group, false);
    }
    std::sort(groups.begin(), groups.end());
    set(0, layers, true);
    for (std::size_t i = 0; i < groups.size() / 2; ++i) {
      set(groups[i].second, in_group, false);
      if (keeps()) return true;
    }
    set(0, layers, false);
    return false;
  }

  // Of probes, one or none a part; 1 without.
  static double LowestCosineToFp32(const Transformer& transformer, std::span<const Probes> probes) {
    const EncoderSession& session = *transformer.replicas.front().session;
    double lowest = 1;
    for (std::size_t i = 0; i < probes.size(); ++i) {
      const Part& part = transformer.parts[i];
      // Scores have no direction: the means of the token vectors speak for them.
      const ModuleChain mean({}, Pooling{}, session.dimension());
      const bool embeds = part.route->purpose == ModelPurpose::kEmbeddings;
      const ModuleChain& modules = embeds ? *part.pipeline->modules : mean;
      lowest = std::min(lowest, LowestCosine(probes[i], session, modules));
    }
    return lowest;
  }

  void Attach(const Part& part, std::shared_ptr<const EncoderSession> session, BatchLimits limits,
              std::size_t in_flight) const {
    if (options_.max_batch_tokens) limits.max_tokens = options_.max_batch_tokens;
    limits.min_tokens = std::min(limits.min_tokens, limits.max_tokens);
    EmbeddingPipeline& pipeline = *part.pipeline;
    pipeline.session = std::move(session);
    pipeline.batches_in_flight = in_flight;
    pipeline.batch_limits = limits;
    pipeline.dimension =
        std::min(part.route->truncate_dimension.value_or(SIZE_MAX), pipeline.modules->dimension());
  }

  const std::span<const ModelDescription> routes_;
  const EmbeddingModel::LoadOptions& options_;
  OpenedPipelines opened_;
};

}  // namespace

OpenedPipelines OpenPipelines(std::span<const ModelDescription> routes,
                              const EmbeddingModel::LoadOptions& options) {
  return Opener(routes, options).Open();
}

}  // namespace densenode
