#include "text/post_processor.h"

#include <utility>

namespace densenode {
namespace {

// A pair such as ["[SEP]", 102].
std::vector<std::int32_t> ReadTokenPair(const JsonField& field) {
  const auto elements = field.Elements();
  if (elements.size() != 2) field.Invalid("a pair of a token and its id");
  elements[0].String();
  return {elements[1].TokenId()};
}

std::vector<std::int32_t> ReadIds(const JsonField& special_token) {
  special_token.At("id").String();
  for (const JsonField& token : special_token.At("tokens").Elements()) token.String();
  std::vector<std::int32_t> ids;
  for (const JsonField& id : special_token.At("ids").Elements()) ids.push_back(id.TokenId());
  return ids;
}

}  // namespace

PostProcessor::Template::Template(std::vector<Piece> parts) : pieces(std::move(parts)) {
  for (const Piece& piece : pieces) added_tokens += piece.ids.size();
}

PostProcessor PostProcessor::FromJson(const JsonField& field) {
  return field.is_null() ? Plain() : Read(field, 0);
}

PostProcessor PostProcessor::Read(const JsonField& field, int depth) {
  field.CheckNesting(depth);
  const std::string type = field.Type();
  if (type == "TemplateProcessing") return FromTemplates(field);
  if (type == "BertProcessing") return Bert(field);
  if (type == "RobertaProcessing") return Roberta(field);
  if (type == "ByteLevel") return Plain();  // changes offsets only
  if (type == "Sequence") return Sequence(field, depth);
  field.Unsupported(type, "BertProcessing, ByteLevel, RobertaProcessing, Sequence, TemplateProcessing");
}

PostProcessor PostProcessor::Plain() {
  return {{{Piece::Kind::kFirst}}, {{Piece::Kind::kFirst}, {Piece::Kind::kSecond, 1}}};
}

PostProcessor PostProcessor::Bert(const JsonField& field) {
  const Piece cls{Piece::Kind::kSpecial, 0, ReadTokenPair(field.At("cls"))};
  const Piece sep{Piece::Kind::kSpecial, 0, ReadTokenPair(field.At("sep"))};
  const Piece last{Piece::Kind::kSpecial, 1, sep.ids};
  return {{cls, {Piece::Kind::kFirst}, sep},
          {cls, {Piece::Kind::kFirst}, sep, {Piece::Kind::kSecond, 1}, last}};
}

PostProcessor PostProcessor::Roberta(const JsonField& field) {
  const Piece cls{Piece::Kind::kSpecial, 0, ReadTokenPair(field.At("cls"))};
  const Piece sep{Piece::Kind::kSpecial, 0, ReadTokenPair(field.At("sep"))};
  return {{cls, {Piece::Kind::kFirst}, sep},
          {cls, {Piece::Kind::kFirst}, sep, sep, {Piece::Kind::kSecond}, sep}};
}

PostProcessor PostProcessor::FromTemplates(const JsonField& field) {
  const JsonField special_tokens = field.At("special_tokens");
  return {ReadTemplate(field.At("single"), special_tokens, false),
          ReadTemplate(field.At("pair"), special_tokens, true)};
}

std::vector<PostProcessor::Piece> PostProcessor::ReadTemplate(const JsonField& field,
                                                              const JsonField& special_tokens, bool pair) {
  std::vector<Piece> pieces;
  for (const JsonField& element : field.Elements()) {
    const JsonField sequence = element.Get("Sequence");
    if (sequence.is_null()) {
      const JsonField token = element.At("SpecialToken");
      pieces.push_back({Piece::Kind::kSpecial, token.At("type_id").TokenId(),
                        ReadIds(special_tokens.At(token.At("id").String()))});
      continue;
    }
    const JsonField id = sequence.At("id");
    const bool second = id.String() == "B";
    if (!second && id.String() != "A") id.Invalid("\"A\" or \"B\"");
    if (second && !pair) id.Invalid("\"A\" in the template of single texts");
    pieces.push_back(
        {second ? Piece::Kind::kSecond : Piece::Kind::kFirst, sequence.At("type_id").TokenId(), {}});
  }
  return pieces;
}

PostProcessor PostProcessor::Sequence(const JsonField& field, int depth) {
  std::optional<PostProcessor> processor;
  for (const JsonField& step : field.At("processors").Elements()) {
    if (step.Type() == "ByteLevel") continue;
    if (processor) step.Unsupported(step.Type(), "one processor beside ByteLevel in a Sequence");
    processor = Read(step, depth + 1);
  }
  return processor ? *std::move(processor) : Plain();
}

void PostProcessor::Process(Ids first, std::optional<Ids> second, bool add_special_tokens,
                            std::vector<std::int32_t>* ids, std::vector<std::int32_t>* type_ids) const {
  for (const Piece& piece : (second ? pair_ : single_).pieces) {
    if (piece.kind == Piece::Kind::kSpecial && !add_special_tokens) continue;
    const Ids part = piece.kind == Piece::Kind::kSpecial  ? Ids(piece.ids)
                     : piece.kind == Piece::Kind::kSecond ? *second
                                                          : first;
    ids->insert(ids->end(), part.begin(), part.end());
    if (type_ids) type_ids->insert(type_ids->end(), part.size(), piece.type_id);
  }
}

}  // namespace densenode
