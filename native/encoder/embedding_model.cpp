#include "encoder/embedding_model.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/executor.h"
#include "common/memory.h"
#include "encoder/embed_job.h"
#include "encoder/embed_queue.h"
#include "encoder/model_folder.h"
#include "encoder/open_pipelines.h"

namespace densenode {

struct EmbeddingModel::Parts {
  RoutedDescription description;
  OpenedPipelines opened;
  std::vector<std::shared_ptr<EmbedQueue>> queues;  // one a pipeline
  std::vector<std::string> tasks;
  std::vector<PoolingMode> pooling;

  // Of texts that come without a task, or else the first: what the model's properties are about.
  std::size_t main() const { return description.without_task.value_or(0); }
  const ModelDescription& route() const { return description.routes[main()]; }
  const EmbeddingPipeline& pipeline() const { return *opened.pipelines[main()]; }

  // Number of the pipeline for texts of a task.
  std::size_t RouteOf(const std::string& task) const {
    std::optional<std::size_t> route = description.without_task;
    if (const auto found = description.tasks.find(task); found != description.tasks.end()) {
      route = found->second;
    } else if (!task.empty() && !tasks.empty()) {
      route.reset();
    }
    if (!route) {
      std::string known;
      for (const std::string& each : tasks) known += (known.empty() ? "\"" : ", \"") + each + "\"";
      Fail(ErrorCode::kInvalidArgument, "task must be one of ", known, ", not ",
           task.empty() ? "missing" : "\"" + task + "\"");
    }
    return *route;
  }
};

EmbeddingModel::EmbeddingModel(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
EmbeddingModel::~EmbeddingModel() {
  parts_.reset();
  ReturnFreeMemory();
}

std::shared_ptr<EmbeddingModel> EmbeddingModel::Load(const std::filesystem::path& path,
                                                     const LoadOptions& options) {
  auto parts = std::make_unique<Parts>();
  parts->description = DescribeRoutes(path);
  parts->opened = OpenPipelines(parts->description.routes, options);
  for (const auto& [task, route] : parts->description.tasks) parts->tasks.push_back(task);
  parts->pooling = options.pooling.empty() ? parts->route().pooling.modes : options.pooling;
  for (const auto& pipeline : parts->opened.pipelines) {
    parts->queues.push_back(std::make_shared<EmbedQueue>(*pipeline));
    if (pipeline->dimension != parts->pipeline().dimension) {
      Fail(ErrorCode::kModelUnsupported, "the routes of ", path, " give embeddings of ",
           parts->pipeline().dimension, " and of ", pipeline->dimension,
           " dimensions, which cannot be compared");
    }
  }
  return std::shared_ptr<EmbeddingModel>(new EmbeddingModel(std::move(parts)));
}

std::size_t EmbeddingModel::dimension() const { return parts_->pipeline().dimension; }
std::size_t EmbeddingModel::max_tokens() const {
  std::size_t most = 0;
  for (const auto& pipeline : parts_->opened.pipelines) {
    if (pipeline->max_tokens == 0) return 0;
    most = std::max(most, pipeline->max_tokens);
  }
  return most;
}
const std::vector<PoolingMode>& EmbeddingModel::pooling() const { return parts_->pooling; }
bool EmbeddingModel::normalize() const { return parts_->pipeline().normalize; }
const std::vector<Device>& EmbeddingModel::devices() const { return parts_->opened.devices; }
Device EmbeddingModel::output_device() const {
  Device shared;
  for (const auto& pipeline : parts_->opened.pipelines) {
    const DevicePooler* const pooler = pipeline->device_pooler();
    const Device device = pooler ? pooler->device() : Device{};
    if (pipeline == parts_->opened.pipelines.front()) shared = device;
    if (device != shared) return {};
  }
  return shared;
}
const std::string& EmbeddingModel::dtype() const { return parts_->opened.dtype; }
const std::map<std::string, std::string>& EmbeddingModel::prompts() const { return parts_->route().prompts; }
const std::optional<std::string>& EmbeddingModel::default_prompt() const {
  return parts_->route().default_prompt;
}
const std::vector<std::string>& EmbeddingModel::tasks() const { return parts_->tasks; }
bool EmbeddingModel::needs_task() const { return !parts_->description.without_task; }
const std::string& EmbeddingModel::similarity() const { return parts_->route().similarity; }
const std::string& EmbeddingModel::name() const { return parts_->route().name; }
const std::string& EmbeddingModel::architecture() const { return parts_->pipeline().session->architecture(); }
std::size_t EmbeddingModel::weight_bytes() const {
  std::set<const EncoderSession*> sessions;
  std::size_t bytes = 0;
  for (const auto& pipeline : parts_->opened.pipelines) {
    if (sessions.insert(pipeline->session.get()).second) bytes += pipeline->session->weight_bytes();
  }
  return bytes;
}
const std::shared_ptr<const Tokenizer>& EmbeddingModel::tokenizer() const {
  return parts_->pipeline().tokenizer;
}

void EmbeddingModel::Embed(EmbedRequest request, std::function<void(std::exception_ptr)> done) {
  std::size_t route = 0;
  try {
    route = parts_->RouteOf(request.task);
  } catch (const Error&) {
    Executor::Get().Submit([done = std::move(done), error = std::current_exception()] { done(error); });
    return;
  }
  // A job holds the whole model through its pipeline.
  std::shared_ptr<const EmbeddingPipeline> pipeline(shared_from_this(),
                                                    parts_->opened.pipelines[route].get());
  const auto& queue = parts_->queues[route];
  if (!queue->Takes(request)) return StartEmbedJob(std::move(pipeline), std::move(request), std::move(done));
  WaitingEmbed waiting{std::move(pipeline), {}, std::move(done), request.caller, request.cancellation};
  waiting.request = std::move(request);
  queue->Add(std::move(waiting));
}

void EmbeddingModel::EmbedHere(EmbedRequest request) {
  const auto& pipeline = parts_->opened.pipelines[parts_->RouteOf(request.task)];
  densenode::EmbedHere({shared_from_this(), pipeline.get()}, std::move(request));
}

}  // namespace densenode
