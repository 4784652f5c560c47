// Adding and searching many texts, on all threads of the Executor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <span>

#include "common/cancellation.h"
#include "common/filter.h"
#include "common/text_list.h"
#include "lexical/lexical_index.h"

namespace densenode {

struct LexicalAddRequest {
  std::shared_ptr<const TextList> texts;
  std::span<const std::int64_t> ids;  // one a text, or empty: the next free ones
  std::shared_ptr<Cancellation> cancellation;
  std::function<void(std::size_t)> on_progress;  // texts analyzed so far; any thread; may be empty
};

struct LexicalSearchRequest {
  std::shared_ptr<const TextList> texts;
  std::size_t k = 0;
  std::int64_t* ids = nullptr;           // texts * k
  float* scores = nullptr;               // texts * k
  std::shared_ptr<const Filter> filter;  // may be null
  std::shared_ptr<Cancellation> cancellation;
};

// Return at once; done(error) is called once, on a pool thread. An addition waits for the changes before it
// (LexicalIndex::changes).
void StartLexicalAdd(std::shared_ptr<LexicalIndex> index, LexicalAddRequest request,
                     std::function<void(std::exception_ptr)> done);
void StartLexicalSearch(std::shared_ptr<const LexicalIndex> index, LexicalSearchRequest request,
                        std::function<void(std::exception_ptr)> done);

}  // namespace densenode
