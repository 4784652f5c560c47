// Many texts to ragged token ids, on all threads of the pool.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "common/cancellation.h"
#include "common/text_list.h"
#include "text/tokenizer.h"

namespace densenode {

struct RaggedTokens {
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> type_ids;
  std::vector<std::int32_t> offsets;  // texts + 1: text i has ids [offsets[i], offsets[i + 1])
};

// Returns at once; done(error) is called once, on a pool thread, with `tokens` filled. More than 2^31 - 1
// tokens in all throw INVALID_ARGUMENT.
void StartEncodeBatch(std::shared_ptr<const Tokenizer> tokenizer, std::shared_ptr<const TextList> texts,
                      Tokenizer::EncodeOptions options, std::shared_ptr<Cancellation> cancellation,
                      std::shared_ptr<RaggedTokens> tokens, std::function<void(std::exception_ptr)> done);

}  // namespace densenode
