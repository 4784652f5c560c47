#include "text/model.h"

#include "text/word_level.h"
#include "text/wordpiece.h"

namespace densenode {

std::unique_ptr<const Model> Model::FromJson(const JsonField& field) {
  // Files written before the type was recorded hold either WordPiece, told by its prefix, or another model.
  const bool untyped_wordpiece = field.Get("type").is_null() &&
                                 !field.Get("continuing_subword_prefix").is_null() &&
                                 field.Get("merges").is_null();
  const std::string type = untyped_wordpiece ? "WordPiece" : field.Type();
  if (type == "WordPiece") return std::make_unique<WordPiece>(field);
  if (type == "WordLevel") return std::make_unique<WordLevel>(field);
  field.Unsupported(type, "WordPiece, WordLevel");
}

}  // namespace densenode
