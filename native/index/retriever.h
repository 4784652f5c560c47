// Texts to neighbours in one job: embed, then search, without a return to the caller in between.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>

#include "common/cancellation.h"
#include "common/text_list.h"
#include "encoder/embedding_model.h"
#include "index/vector_index.h"

namespace densenode {

struct RetrieveRequest {
  std::shared_ptr<const TextList> texts;
  std::string prompt;  // put before every text
  std::size_t k = 0;   // >= 1
  VectorIndex::SearchParameters parameters;
  std::int64_t* ids = nullptr;                 // texts->size() * k
  float* scores = nullptr;                     // texts->size() * k
  std::int32_t* token_counts = nullptr;        // texts->size(); may be null
  std::shared_ptr<Cancellation> cancellation;  // may be null
};

// Returns at once; done(error) is called once, on a pool thread. Throws INVALID_ARGUMENT, before any work,
// when the model's dimension is not the index's or a search parameter is wrong.
void StartRetrieve(std::shared_ptr<EmbeddingModel> model, std::shared_ptr<const VectorIndex> index,
                   RetrieveRequest request, std::function<void(std::exception_ptr)> done);

}  // namespace densenode
