#include "text/json_field.h"

#include <limits>

#include "text/utf8.h"

namespace densenode {
namespace {

std::string Describe(const OrderedJson& value) {
  if (value.is_object() || value.is_array()) return std::string("an ") + value.type_name();
  std::string text = value.dump(-1, ' ', true);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

const OrderedJson kNull;

}  // namespace

void JsonField::Invalid(std::string_view expected) const {
  Fail(ErrorCode::kTokenizerInvalid, "tokenizer.json: ", where_.empty() ? "the file" : where_, " must be ",
       expected, ", got ", Describe(*value_));
}

void JsonField::Unsupported(std::string_view type, std::string_view supported) const {
  Fail(ErrorCode::kTokenizerUnsupported, "tokenizer.json: ", where_, " type \"", type.substr(0, 60),
       "\" is not supported; supported: ", supported);
}

void JsonField::CheckNesting(int depth) const {
  if (depth > kMaxNesting) {
    Fail(ErrorCode::kTokenizerInvalid, "tokenizer.json: ", where_, " is nested deeper than ", kMaxNesting,
         " levels");
  }
}

JsonField JsonField::Get(std::string_view key) const {
  if (!value_->is_object()) Invalid("an object");
  const auto found = value_->find(key);
  std::string where = where_.empty() ? std::string(key) : where_ + "." + std::string(key);
  return JsonField(found == value_->end() ? kNull : *found, std::move(where));
}

JsonField JsonField::At(std::string_view key) const {
  JsonField field = Get(key);
  if (field.value_ == &kNull) {
    Fail(ErrorCode::kTokenizerInvalid, "tokenizer.json: ", field.where_, " is missing");
  }
  return field;
}

std::vector<JsonField> JsonField::Elements() const {
  if (!value_->is_array()) Invalid("an array");
  std::vector<JsonField> elements;
  elements.reserve(value_->size());
  for (std::size_t i = 0; i < value_->size(); ++i) {
    elements.emplace_back((*value_)[i], where_ + "[" + std::to_string(i) + "]");
  }
  return elements;
}

bool JsonField::Bool() const {
  if (!value_->is_boolean()) Invalid("a boolean");
  return value_->get<bool>();
}

const std::string& JsonField::String() const {
  if (!value_->is_string()) Invalid("a string");
  return value_->get_ref<const std::string&>();
}

std::size_t JsonField::Size() const {
  if (!value_->is_number_unsigned()) Invalid("an integer >= 0");
  return value_->get<std::size_t>();
}

char32_t JsonField::Character() const {
  const std::string& text = String();
  if (text.empty() || CountCodePoints(text) != 1) Invalid("a string of one character");
  return LastCodePoint(text);
}

double JsonField::Number() const {
  if (!value_->is_number()) Invalid("a number");
  return value_->get<double>();
}

std::int32_t JsonField::TokenId() const {
  constexpr std::uint64_t kLimit = std::numeric_limits<std::int32_t>::max();
  if (!value_->is_number_unsigned() || value_->get<std::uint64_t>() > kLimit)
    Invalid("a token id in [0, 2^31)");
  return static_cast<std::int32_t>(value_->get<std::uint64_t>());
}

std::string JsonField::Type() const { return At("type").String(); }

}  // namespace densenode
