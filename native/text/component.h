// How the parts of a tokenizer.json become objects: each kind (normalizer, model, ...) has one table from the
// type that is written in the file to the function that reads it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/json_field.h"

namespace densenode {

template <typename Component>
using Makers = std::map<std::string_view, std::unique_ptr<const Component> (*)(const JsonField&, int depth)>;

// TOKENIZER_UNSUPPORTED, with the types that are known, where `type` is none of them.
template <typename Component>
std::unique_ptr<const Component> Make(const Makers<Component>& makers, std::string_view type,
                                      const JsonField& field, int depth) {
  field.CheckNesting(depth);
  if (const auto maker = makers.find(type); maker != makers.end()) return maker->second(field, depth);
  std::string known;
  for (const auto& entry : makers) known.append(known.empty() ? "" : ", ").append(entry.first);
  field.Unsupported(type, known);
}

// For a table's entries: a component that is made of its field alone, or of nothing.
template <typename Component, typename Part>
std::unique_ptr<const Component> FromField(const JsonField& field, int) {
  return std::make_unique<Part>(field);
}
template <typename Component, typename Part>
std::unique_ptr<const Component> FromNothing(const JsonField&, int) {
  return std::make_unique<Part>();
}

// The components of a Sequence, listed under `key`.
template <typename Component>
std::vector<std::unique_ptr<const Component>> ReadSequence(const JsonField& field, std::string_view key,
                                                           int depth) {
  std::vector<std::unique_ptr<const Component>> steps;
  for (const JsonField& step : field.At(key).Elements())
    steps.push_back(Component::FromJson(step, depth + 1));
  return steps;
}

}  // namespace densenode
