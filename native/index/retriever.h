// Texts to neighbours, and texts into an index, in one job: what is embedded does not return to the caller in
// between. Where model and index are on the same, single CUDA device, embeddings stay in its memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "common/cancellation.h"
#include "common/filter.h"
#include "common/text_list.h"
#include "encoder/embedding_model.h"
#include "index/vector_index.h"

namespace densenode {

struct RetrieveRequest {
  std::shared_ptr<const TextList> texts;
  std::string prompt;                            // put before every text
  std::string task;                              // as EmbedRequest::task
  std::shared_ptr<const LinearAdapter> adapter;  // of the model's dimension; may be null
  std::size_t k = 0;                             // >= 1
  VectorIndex::SearchParameters parameters;
  std::shared_ptr<const Filter> filter;        // may be null
  std::int64_t* ids = nullptr;                 // texts->size() * k
  float* scores = nullptr;                     // texts->size() * k
  std::int32_t* token_counts = nullptr;        // texts->size(); may be null
  std::shared_ptr<Cancellation> cancellation;  // may be null
  const void* caller = nullptr;                // as EmbedRequest::caller
};

// Returns at once; done(error) is called once, on a pool thread or the thread of a device: it must be short.
// Throws INVALID_ARGUMENT, before any work, when the model's dimension is not the index's or a search
// parameter is wrong.
void StartRetrieve(std::shared_ptr<EmbeddingModel> model, std::shared_ptr<const VectorIndex> index,
                   RetrieveRequest request, std::function<void(std::exception_ptr)> done);

struct AddTextsRequest {
  std::shared_ptr<const TextList> texts;
  std::string prompt;                          // put before every text
  std::string task;                            // as EmbedRequest::task
  std::span<const std::int64_t> ids;           // as VectorIndex::Add takes them
  std::shared_ptr<Cancellation> cancellation;  // may be null; polled until the embeddings are there
};

// Embeds the texts and adds them, all or none. Otherwise as StartRetrieve.
void StartAddTexts(std::shared_ptr<EmbeddingModel> model, std::shared_ptr<VectorIndex> index,
                   AddTextsRequest request, std::function<void(std::exception_ptr)> done);

}  // namespace densenode
