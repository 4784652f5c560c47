#include "encoder/embed_queue.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace densenode {
namespace {

// Texts are not tokenized yet: about four bytes a token in most languages, and special tokens.
constexpr double kBytesPerToken = 4;
constexpr double kSpecialTokens = 2;

double RoughTokens(const EmbeddingModel::EmbedRequest& request) {
  const auto texts = static_cast<double>(request.texts->size());
  return (static_cast<double>(request.texts->bytes()) + texts * static_cast<double>(request.prompt.size())) /
             kBytesPerToken +
         texts * kSpecialTokens;
}

}  // namespace

EmbedQueue::EmbedQueue(const EmbeddingPipeline& pipeline)
    : most_at_once_(pipeline.batches_at_once()),
      most_tokens_(static_cast<double>(pipeline.batch_limits.max_tokens)),
      few_tokens_(static_cast<double>(pipeline.batch_limits.min_tokens)) {}

bool EmbedQueue::Takes(const EmbeddingModel::EmbedRequest& request) const {
  if (!request.texts || request.texts->size() == 0 || !request.out) return false;
  if (request.device_out || request.on_progress) return false;
  return request.texts->size() == 1 || RoughTokens(request) <= few_tokens_;
}

bool EmbedQueue::GoTogether(const WaitingEmbed& first, const WaitingEmbed& other) const {
  const auto& a = first.request;
  const auto& b = other.request;
  return a.prompt == b.prompt && a.dimension == b.dimension && a.normalize == b.normalize &&
         a.adapter == b.adapter;
}

double EmbedQueue::ShareOfBatch(const WaitingEmbed& waiting) const {
  return RoughTokens(waiting.request) / most_tokens_;
}

void EmbedQueue::RunOne(WaitingEmbed& waiting, Done done) {
  EmbedHere(waiting.pipeline, waiting.request);
  done(nullptr);
}

void EmbedQueue::RunTogether(std::vector<WaitingEmbed>& batch, Done done) {
  const auto& pipeline = batch.front().pipeline;
  EmbeddingModel::EmbedRequest all = batch.front().request;
  auto texts = std::make_shared<TextList>();
  for (const WaitingEmbed& each : batch) {
    for (std::size_t i = 0; i < each.request.texts->size(); ++i) texts->Append((*each.request.texts)[i]);
  }
  const std::size_t dimension = all.dimension == 0 ? pipeline->dimension : all.dimension;
  std::vector<float> embeddings(texts->size() * dimension);
  std::vector<std::int32_t> counts(texts->size());
  all.texts = texts;
  all.out = embeddings.data();
  all.token_counts = counts.data();
  all.cancellation = nullptr;  // nobody's alone
  EmbedHere(pipeline, all);

  const float* embedding = embeddings.data();
  const std::int32_t* count = counts.data();
  for (const WaitingEmbed& each : batch) {
    const std::size_t rows = each.request.texts->size();
    std::copy_n(embedding, rows * dimension, each.request.out);
    if (each.request.token_counts) std::copy_n(count, rows, each.request.token_counts);
    embedding += rows * dimension;
    count += rows;
  }
  done(nullptr);
}

void EmbedQueue::Release(WaitingEmbed& waiting) {
  waiting.request = {};
  waiting.pipeline.reset();
}

}  // namespace densenode
