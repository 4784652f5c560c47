// Texts in, sparse embeddings out: a weight for each token id of the vocabulary that a text is about, also
// ones that do not stand in it (SPLADE).
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/cancellation.h"
#include "common/text_list.h"
#include "encoder/heads/splade_head.h"
#include "encoder/loaded_model.h"

namespace densenode {

// Texts as a matrix in compressed rows: text i has ids[offsets[i]] .. ids[offsets[i + 1] - 1].
struct SparseMatrix {
  std::vector<std::int32_t> offsets, ids;
  std::vector<float> weights;
};

class SparseEncoder : public LoadedModel, public std::enable_shared_from_this<SparseEncoder> {
 public:
  // `path` as EmbeddingModel::Load takes it: the folder of a ...ForMaskedLM, of a sentence-transformers
  // SparseEncoder (a transformer and SpladePooling), or an .onnx file with the output "logits". Of the
  // options pooling and normalize have no meaning.
  static std::shared_ptr<SparseEncoder> Load(const std::filesystem::path& path,
                                             const EmbeddingModel::LoadOptions& options);

  std::size_t dimension() const { return head_.vocabulary(); }  // token ids of the vocabulary
  std::size_t max_tokens() const { return pipeline().max_tokens; }
  const std::map<std::string, std::string>& prompts() const { return description().prompts; }
  const std::optional<std::string>& default_prompt() const { return description().default_prompt; }
  const Tokenizer& tokenizer() const { return *pipeline().tokenizer; }

  struct EmbedRequest {
    std::shared_ptr<const TextList> texts;
    std::string prompt;    // put before every text; empty for none
    std::size_t most = 0;  // weights kept of each text, the largest; 0: all
    std::shared_ptr<SparseMatrix> out;
    std::int32_t* token_counts = nullptr;  // one a text; may be null
    std::shared_ptr<Cancellation> cancellation;
    std::function<void(std::size_t)> on_progress;
  };
  // As EmbeddingModel::Embed.
  void Embed(EmbedRequest request, std::function<void(std::exception_ptr)> done);

 private:
  SparseEncoder(ModelDescription description, const EmbeddingModel::LoadOptions& options);

  const SpladeHead head_;
};

}  // namespace densenode
