#include "index/retriever.h"

#include <span>
#include <utility>

#include "common/error.h"
#include "index/search_job.h"
#include "index/vectors.h"

namespace densenode {

void StartRetrieve(std::shared_ptr<EmbeddingModel> model, std::shared_ptr<const VectorIndex> index,
                   RetrieveRequest request, std::function<void(std::exception_ptr)> done) {
  if (model->dimension() != index->dimension()) {
    Fail(ErrorCode::kInvalidArgument, "the model makes embeddings of dimension ", model->dimension(),
         ", but the index holds vectors of dimension ", index->dimension());
  }
  index->CheckSearchParameters(request.parameters);

  const std::size_t values = request.texts->size() * model->dimension();
  std::shared_ptr<float[]> embeddings = FloatBuffer(values);
  EmbeddingModel::EmbedRequest embed;
  embed.texts = request.texts;
  embed.prompt = request.prompt;
  embed.out = embeddings.get();
  embed.token_counts = request.token_counts;
  embed.cancellation = request.cancellation;
  auto search = [embeddings, values, index = std::move(index), request = std::move(request),
                 done = std::move(done)](std::exception_ptr error) mutable {
    if (error) return done(error);
    SearchRequest next;
    next.queries = std::span<const float>(embeddings.get(), values);
    next.k = request.k;
    next.parameters = std::move(request.parameters);
    next.ids = request.ids;
    next.scores = request.scores;
    next.cancellation = std::move(request.cancellation);
    StartSearch(std::move(index), std::move(next),
                [embeddings, done = std::move(done)](std::exception_ptr failed) { done(failed); });
  };
  model->Embed(std::move(embed), std::move(search));
}

}  // namespace densenode
