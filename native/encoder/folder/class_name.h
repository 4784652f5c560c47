// The class that a model was saved as.
#pragma once

#include <string>

#include "common/json.h"

namespace densenode {

// Of Python's transformers, as config.json names it: "BertForMaskedLM"; empty where it names none.
inline std::string ClassName(const Json& config) {
  if (!config.is_object()) return "";
  const auto names = config.find("architectures");
  const bool named =
      names != config.end() && names->is_array() && !names->empty() && names->front().is_string();
  return named ? names->front().get<std::string>() : "";
}

}  // namespace densenode
