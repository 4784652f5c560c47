// How a late-interaction model (ColBERT) makes token vectors of queries and documents.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace densenode {

struct LateInteraction {
  struct Side {
    // Put before the text; a token of its own where `marker` says so.
    std::string prompt;
    std::optional<std::size_t> most_tokens;  // unset: the model's limit
  };
  Side query, document;
  // Prompts that the vocabulary has as one token are that token, however the tokenizer would cut them.
  bool marker = false;

  // Queries are filled up with a token to `length`, whose vectors count like others (query augmentation).
  struct Expansion {
    static constexpr std::size_t kLength = 32;  // of ColBERT, where nothing else is said
    std::size_t length = kLength;
    bool fixed = true;  // longer queries are cut to `length`
    bool seen = false;  // other tokens attend to the filling
    std::string token;  // empty: the mask token, else the end of the text
  };
  std::optional<Expansion> expansion;

  std::vector<std::string> skipped;  // tokens without a vector: punctuation
  bool skips_documents = true, skips_queries = false;

  bool inline_projection = false;  // "linear.weight" beside the transformer's (Stanford's checkpoints)
  bool normalizes = false;         // vectors are scaled to length 1
};

}  // namespace densenode
