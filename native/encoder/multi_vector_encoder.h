// Texts in, a vector for each of their tokens out, for late interaction (ColBERT): see index/max_sim.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "common/cancellation.h"
#include "common/text_list.h"
#include "encoder/heads/token_head.h"
#include "encoder/late_interaction_tokens.h"
#include "encoder/loaded_model.h"

namespace densenode {

// Text i has the rows offsets[i] .. offsets[i + 1] - 1 of data.
struct MultiVectors {
  std::vector<std::int32_t> offsets;
  std::vector<float> data;
};

class MultiVectorEncoder : public LoadedModel, public std::enable_shared_from_this<MultiVectorEncoder> {
 public:
  // `path`: a folder of sentence-transformers' MultiVectorEncoder, of PyLate, or of Stanford's ColBERT. Of
  // the options pooling and normalize have no meaning.
  static std::shared_ptr<MultiVectorEncoder> Load(const std::filesystem::path& path,
                                                  const EmbeddingModel::LoadOptions& options);

  std::size_t dimension() const { return head_.dimension(); }          // of a vector
  std::size_t query_tokens() const { return tokens_.most(true); }      // most of a query
  std::size_t document_tokens() const { return tokens_.most(false); }  // and of a document

  struct EmbedRequest {
    std::shared_ptr<const TextList> texts;
    bool queries = false;  // or documents
    std::shared_ptr<MultiVectors> out;
    std::shared_ptr<Cancellation> cancellation;
    std::function<void(std::size_t)> on_progress;
  };
  // As EmbeddingModel::Embed.
  void Embed(EmbedRequest request, std::function<void(std::exception_ptr)> done);

 private:
  MultiVectorEncoder(ModelDescription description, const EmbeddingModel::LoadOptions& options);

  const LateInteractionTokens tokens_;
  const TokenHead head_;
};

}  // namespace densenode
