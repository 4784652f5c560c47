// tokenizer.json in, token ids out; the same ids as the official `tokenizers` library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/truncation.h"

namespace densenode {

class Tokenizer {
 public:
  struct EncodeOptions {
    bool add_special_tokens = true;
    // Most tokens of one text, special tokens included. Unset: what tokenizer.json's `truncation` says (no
    // limit where it says nothing). Padding settings of tokenizer.json are never applied: results are ragged.
    std::optional<std::size_t> max_tokens;
    // Which text of a pair is shortened. Unset: what tokenizer.json says (the longest first where it says
    // nothing).
    std::optional<TruncationStrategy> truncation = std::nullopt;
  };

  // `path` is a tokenizer.json or a folder that holds one. Throws FILE_NOT_FOUND (with the remedy where the
  // folder holds a tokenizer of another form), TOKENIZER_INVALID, or TOKENIZER_UNSUPPORTED with the name of
  // the component that is missing here.
  static std::shared_ptr<const Tokenizer> Load(const std::filesystem::path& path);
  ~Tokenizer();

  // Appends the ids (and, where type_ids is not null, the token type ids) of one UTF-8 text; returns how
  // many. Invalid UTF-8 is read as U+FFFD. Safe to call from many threads at once.
  std::size_t Encode(std::string_view text, const EncodeOptions& options, std::vector<std::int32_t>* ids,
                     std::vector<std::int32_t>* type_ids) const;

  // As Encode, for a pair of texts in one sequence.
  std::size_t EncodePair(std::string_view first, std::string_view second, const EncodeOptions& options,
                         std::vector<std::int32_t>* ids, std::vector<std::int32_t>* type_ids) const;

  // Throws INVALID_ARGUMENT for an id outside the vocabulary.
  std::string Decode(std::span<const std::int32_t> ids, bool skip_special_tokens) const;

  std::size_t vocab_size() const;  // with added tokens
  std::optional<std::int32_t> TokenToId(std::string_view token) const;
  // Of the token for what is not in the vocabulary, where the model has one.
  std::optional<std::int32_t> unknown_id() const;
  std::int32_t pad_id() const;  // of tokenizer.json's `padding`, else of "[PAD]" / "<pad>", else 0
  std::size_t special_tokens_per_text() const;  // what add_special_tokens adds to one text
  std::size_t special_tokens_per_pair() const;

 private:
  struct Parts;
  explicit Tokenizer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace densenode
