#include "index/retriever.h"

#include <utility>

#include "common/error.h"
#include "common/strand.h"
#include "index/device_backend.h"
#include "index/faiss_call.h"
#include "index/search_job.h"

namespace densenode {
namespace {

void CheckDimension(const EmbeddingModel& model, const VectorIndex& index) {
  if (model.dimension() == index.dimension()) return;
  Fail(ErrorCode::kInvalidArgument, "the model makes embeddings of dimension ", model.dimension(),
       ", but the index holds vectors of dimension ", index.dimension());
}

// Memory for the embeddings of some texts: of the device where model and index share one, else, and for an
// adapter, of the host.
class Embeddings {
 public:
  Embeddings(const EmbeddingModel& model, const VectorIndex& index, std::size_t texts, bool adapter = false)
      : values_(texts * model.dimension()) {
    if (!adapter && model.output_device().is_cuda() && model.output_device() == index.device()) {
      where_ = model.output_device();
      data_ = GetDeviceBackend().Allocate(where_, values_);
    } else {
      data_ = CallFaiss(ErrorCode::kOutOfMemory, "memory for embeddings", [&] {
        return std::shared_ptr<float>(new float[values_], std::default_delete<float[]>());
      });
    }
  }
  void Receive(EmbeddingModel::EmbedRequest* request) const {
    (where_.is_cuda() ? request->device_out : request->out) = data_.get();
  }
  std::span<const float> values() const { return {data_.get(), values_}; }
  Device where() const { return where_; }

 private:
  std::size_t values_;
  std::shared_ptr<float> data_;
  Device where_;
};

}  // namespace

void StartRetrieve(std::shared_ptr<EmbeddingModel> model, std::shared_ptr<const VectorIndex> index,
                   RetrieveRequest request, std::function<void(std::exception_ptr)> done) {
  CheckDimension(*model, *index);
  index->CheckSearchParameters(request.parameters);

  const Embeddings embeddings(*model, *index, request.texts->size(), request.adapter != nullptr);
  EmbeddingModel::EmbedRequest embed;
  embed.texts = request.texts;
  embed.prompt = request.prompt;
  embed.task = request.task;
  embed.adapter = request.adapter;
  embeddings.Receive(&embed);
  embed.token_counts = request.token_counts;
  embed.cancellation = request.cancellation;
  embed.caller = request.caller;
  auto search = [embeddings, index = std::move(index), request = std::move(request),
                 done = std::move(done)](std::exception_ptr error) mutable {
    if (error) return done(error);
    SearchRequest next;
    next.queries = embeddings.values();
    next.where = embeddings.where();
    next.k = request.k;
    next.parameters = std::move(request.parameters);
    next.filter = std::move(request.filter);
    next.ids = request.ids;
    next.scores = request.scores;
    next.cancellation = std::move(request.cancellation);
    next.caller = request.caller;
    StartSearch(std::move(index), std::move(next),
                [embeddings, done = std::move(done)](std::exception_ptr failed) { done(failed); });
  };
  model->Embed(std::move(embed), std::move(search));
}

void StartAddTexts(std::shared_ptr<EmbeddingModel> model, std::shared_ptr<VectorIndex> index,
                   AddTextsRequest request, std::function<void(std::exception_ptr)> done) {
  CheckDimension(*model, *index);
  const std::size_t count = request.texts->size();
  const Embeddings embeddings(*model, *index, count);
  EmbeddingModel::EmbedRequest embed;
  embed.texts = request.texts;
  embed.prompt = request.prompt;
  embed.task = request.task;
  embeddings.Receive(&embed);
  embed.cancellation = request.cancellation;
  auto add = [embeddings, index = std::move(index), ids = request.ids, count,
              cancellation = request.cancellation, done = std::move(done)](std::exception_ptr error) mutable {
    if (error) return done(error);
    const auto width = index->WantsAllThreads(count) ? Executor::Width::kAll : Executor::Width::kOne;
    const Strand::List strands{index->changes()};
    Strand::Run(
        strands, width, std::move(cancellation),
        [embeddings, index = std::move(index), ids] {
          index->Add(embeddings.values(), ids, embeddings.where());
        },
        std::move(done));
  };
  model->Embed(std::move(embed), std::move(add));
}

}  // namespace densenode
