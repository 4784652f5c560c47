#include "text/post_processor.h"

#include <utility>

namespace densenode {
namespace {

// A pair such as ["[SEP]", 102].
std::int32_t ParseTokenPair(const JsonField& field) {
  const auto elements = field.Elements();
  if (elements.size() != 2) field.Invalid("a pair of a token and its id");
  elements[0].String();
  return elements[1].TokenId();
}

std::vector<std::int32_t> ParseIds(const JsonField& special_token) {
  special_token.At("id").String();
  for (const JsonField& token : special_token.At("tokens").Elements()) token.String();
  std::vector<std::int32_t> ids;
  for (const JsonField& id : special_token.At("ids").Elements()) ids.push_back(id.TokenId());
  return ids;
}

}  // namespace

PostProcessor PostProcessor::FromJson(const JsonField& field) {
  return PostProcessor(field.is_null() ? std::vector<Piece>{{true, {}, 0}} : Parse(field, 0));
}

PostProcessor::PostProcessor(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {
  for (const Piece& piece : pieces_) added_tokens_ += piece.ids.size();
}

std::vector<PostProcessor::Piece> PostProcessor::ParseTemplate(const JsonField& field) {
  const JsonField special_tokens = field.At("special_tokens");
  field.At("pair").Elements();
  std::vector<Piece> pieces;
  for (const JsonField& element : field.At("single").Elements()) {
    const JsonField sequence = element.Get("Sequence");
    if (!sequence.is_null()) {
      const JsonField id = sequence.At("id");
      if (id.String() != "A") id.Invalid("\"A\" in the template of single texts");
      pieces.push_back({true, {}, sequence.At("type_id").TokenId()});
    } else {
      const JsonField token = element.At("SpecialToken");
      pieces.push_back(
          {false, ParseIds(special_tokens.At(token.At("id").String())), token.At("type_id").TokenId()});
    }
  }
  return pieces;
}

std::vector<PostProcessor::Piece> PostProcessor::Parse(const JsonField& field, int depth) {
  field.CheckNesting(depth);
  const std::string type = field.Type();
  if (type == "TemplateProcessing") return ParseTemplate(field);
  if (type == "BertProcessing" || type == "RobertaProcessing") {  // they differ in offsets and pairs only
    return {{false, {ParseTokenPair(field.At("cls"))}, 0},
            {true, {}, 0},
            {false, {ParseTokenPair(field.At("sep"))}, 0}};
  }
  if (type == "ByteLevel") return {{true, {}, 0}};  // changes offsets only
  if (type == "Sequence") {
    std::vector<Piece> pieces{{true, {}, 0}};
    for (const JsonField& step : field.At("processors").Elements()) {
      if (step.Type() == "ByteLevel") continue;
      if (pieces.size() > 1) step.Unsupported(step.Type(), "one processor beside ByteLevel in a Sequence");
      pieces = Parse(step, depth + 1);
    }
    return pieces;
  }
  field.Unsupported(type, "BertProcessing, ByteLevel, RobertaProcessing, Sequence, TemplateProcessing");
}

void PostProcessor::Process(std::span<const std::int32_t> content, bool add_special_tokens,
                            std::vector<std::int32_t>* ids, std::vector<std::int32_t>* type_ids) const {
  for (const Piece& piece : pieces_) {
    if (!piece.is_text && !add_special_tokens) continue;
    const std::span<const std::int32_t> part = piece.is_text ? content : std::span(piece.ids);
    ids->insert(ids->end(), part.begin(), part.end());
    if (type_ids) type_ids->insert(type_ids->end(), part.size(), piece.type_id);
  }
}

}  // namespace densenode
