// WordLevel: a word is a token or unknown.
#pragma once

#include <string>

#include "text/model.h"
#include "text/vocabulary.h"

namespace densenode {

class WordLevel : public Model {
 public:
  explicit WordLevel(const JsonField& field);

  void Tokenize(std::span<const std::string_view> words, std::vector<std::int32_t>* ids) const override;
  std::size_t vocab_size() const override { return vocabulary_.size(); }
  std::optional<std::int32_t> TokenToId(std::string_view token) const override {
    return vocabulary_.TokenToId(token);
  }
  std::optional<std::string_view> IdToToken(std::int32_t id) const override {
    return vocabulary_.IdToToken(id);
  }

 private:
  Vocabulary vocabulary_;
  std::string unknown_token_;
  std::optional<std::int32_t> unknown_id_;
};

}  // namespace densenode
