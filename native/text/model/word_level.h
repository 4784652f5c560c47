// WordLevel: a word is a token or unknown.
#pragma once

#include "text/model.h"

namespace densenode {

class WordLevel : public Model {
 public:
  explicit WordLevel(const JsonField& field)
      : Model(Vocabulary::FromObject(field.At("vocab"))), unknown_(field.At("unk_token"), vocabulary()) {}
  std::optional<std::int32_t> unknown_id() const override { return unknown_.id; }

 protected:
  void TokenizeWord(std::string_view word, std::vector<std::int32_t>* ids) const override {
    const std::int32_t id = vocabulary().trie().Find(word);
    ids->push_back(id >= 0 ? id : unknown_.Id());
  }

 private:
  UnknownToken unknown_;
};

}  // namespace densenode
