// Requests to embed a text or two, as queries are, of many callers: those that wait are embedded in one
// batch, before bulk work that is queued.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "common/coalescer.h"
#include "encoder/embed_job.h"

namespace densenode {

struct WaitingEmbed {
  std::shared_ptr<const EmbeddingPipeline> pipeline;  // keeps the model alive
  EmbeddingModel::EmbedRequest request;
  std::function<void(std::exception_ptr)> done;
  const void* caller = nullptr;
  std::shared_ptr<Cancellation> cancellation;
};

class EmbedQueue : public Coalescer<WaitingEmbed> {
 public:
  // Of one pipeline.
  explicit EmbedQueue(const EmbeddingPipeline& pipeline);

  // Whether a request is for the queue: it is one batch for one thread in any case, and asks for nothing but
  // embeddings in host memory.
  bool Takes(const EmbeddingModel::EmbedRequest& request) const;

 private:
  std::size_t MostAtOnce(const WaitingEmbed&) const override { return most_at_once_; }
  bool GoTogether(const WaitingEmbed& first, const WaitingEmbed& other) const override;
  double ShareOfBatch(const WaitingEmbed& waiting) const override;
  void RunOne(WaitingEmbed& waiting, Done done) override;
  void RunTogether(std::vector<WaitingEmbed>& batch, Done done) override;
  void Release(WaitingEmbed& waiting) override;

  const std::size_t most_at_once_;
  const double most_tokens_, few_tokens_;
};

}  // namespace densenode
