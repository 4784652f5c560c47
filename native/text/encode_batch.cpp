#include "text/encode_batch.h"

#include <algorithm>
#include <limits>

#include "common/executor.h"

namespace densenode {
namespace {

constexpr std::size_t kTextsPerChunk = 256;

void Join(std::vector<RaggedTokens>& chunks, std::size_t texts, RaggedTokens* all) {
  std::size_t total = 0;
  for (const auto& chunk : chunks) total += chunk.ids.size();
  if (total > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
    Fail(ErrorCode::kInvalidArgument, "texts: expected at most 2147483647 tokens in one call, got ", total,
         ". Encode them in several calls");
  all->ids.reserve(total);
  all->type_ids.reserve(total);
  all->offsets.reserve(texts + 1);
  all->offsets.push_back(0);
  for (auto& chunk : chunks) {
    const auto base = static_cast<std::int32_t>(all->ids.size());
    all->ids.insert(all->ids.end(), chunk.ids.begin(), chunk.ids.end());
    all->type_ids.insert(all->type_ids.end(), chunk.type_ids.begin(), chunk.type_ids.end());
    for (std::int32_t end : chunk.offsets) all->offsets.push_back(base + end);
    chunk = {};
  }
}

}  // namespace

void StartEncodeBatch(std::shared_ptr<const Tokenizer> tokenizer, std::shared_ptr<const TextList> texts,
                      Tokenizer::EncodeOptions options, std::shared_ptr<Cancellation> cancellation,
                      std::shared_ptr<RaggedTokens> tokens, std::function<void(std::exception_ptr)> done) {
  const std::size_t count = (texts->size() + kTextsPerChunk - 1) / kTextsPerChunk;
  auto chunks = std::make_shared<std::vector<RaggedTokens>>(count);
  auto body = [=](std::size_t i) {
    RaggedTokens& chunk = (*chunks)[i];
    const std::size_t end = std::min(texts->size(), (i + 1) * kTextsPerChunk);
    for (std::size_t t = i * kTextsPerChunk; t < end; ++t) {
      tokenizer->Encode((*texts)[t], options, &chunk.ids, &chunk.type_ids);
      chunk.offsets.push_back(static_cast<std::int32_t>(chunk.ids.size()));
    }
  };
  auto finish = [=](std::exception_ptr error) {
    try {
      if (!error) Join(*chunks, texts->size(), tokens.get());
    } catch (...) {
      error = std::current_exception();
    }
    done(error);
  };
  Executor::Get().ForEach(count, 0, std::move(cancellation), body, finish);
}

}  // namespace densenode
