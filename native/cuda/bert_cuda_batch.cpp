#include "cuda/bert_cuda_batch.h"

#include <algorithm>

#include "encoder/positions.h"

namespace densenode {
namespace {

constexpr std::size_t kAlignment = 64;  // of parts, in elements: 256 bytes, as device memory itself

void CheckIds(std::span<const std::int32_t> ids, std::size_t rows, const char* table) {
  // As unsigned numbers, negative ids are large.
  const auto wrong = std::find_if(ids.begin(), ids.end(),
                                  [&](std::int32_t id) { return static_cast<std::uint32_t>(id) >= rows; });
  if (wrong != ids.end()) {
    Fail(ErrorCode::kModelInvalid, "the tokenizer gives ", table, " id ", *wrong, ", but the model has ",
         rows, " of them: tokenizer.json and config.json do not belong together");
  }
}

}  // namespace

void BertCudaBatch::Pack(const TokenBatch& batch, std::size_t longest, std::span<const std::uint32_t> rows,
                         const EmbeddingSpec& embeddings) {
  CheckIds(batch.ids, embeddings.words.rows, "token");
  if (embeddings.types) CheckIds(batch.type_ids, embeddings.types->rows, "token type");
  if (longest > embeddings.positions->most_tokens()) {
    Fail(ErrorCode::kModelInvalid, "a text has ", longest, " tokens, but the model has ",
         embeddings.positions->most_tokens(), " positions");
  }
  tokens_ = batch.ids.size();
  texts_ = batch.count();
  longest_ = longest;
  const std::vector<std::int32_t> positions = PositionIds(*embeddings.positions, batch);
  const Packing packing = DescribePacking(batch, longest);
  // Rows are below 2^32; as bits they fit.
  const auto* row_bits = reinterpret_cast<const std::int32_t*>(rows.data());
  const std::array<std::span<const std::int32_t>, kParts> parts = {
      batch.ids,          batch.type_ids,         positions, packing.token_offset,
      packing.cumulative, {row_bits, rows.size()}};
  for (std::size_t part = 0; part < kParts; ++part) {
    begin_[part + 1] = begin_[part] + (parts[part].size() + kAlignment - 1) / kAlignment * kAlignment;
  }
  host_.Grow(size());
  for (std::size_t part = 0; part < kParts; ++part) {
    std::copy(parts[part].begin(), parts[part].end(), host_.data() + begin_[part]);
  }
}

void BertCudaBatch::Send(std::int32_t* to, cudaStream_t stream) const {
  CheckCuda(cudaMemcpyAsync(to, host_.data(), size() * sizeof(std::int32_t), cudaMemcpyHostToDevice, stream),
            "sending tokens to the device");
}

}  // namespace densenode
