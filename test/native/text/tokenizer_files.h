// Tokenizers made from JSON in a temporary file, as a user would load them.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../test_support.h"
#include "common/json.h"
#include "text/tokenizer.h"

namespace densenode {

inline std::shared_ptr<const Tokenizer> LoadFromText(std::string_view text) {
  static const test::TemporaryFolder folder;
  const auto path = folder / "tokenizer.json";
  std::ofstream(path, std::ios::binary) << text;
  struct Remover {
    std::filesystem::path path;
    ~Remover() { std::filesystem::remove(path); }
  } remover{path};
  return Tokenizer::Load(path);
}

inline std::shared_ptr<const Tokenizer> LoadFromJson(const Json& json) { return LoadFromText(json.dump()); }

inline std::vector<std::int32_t> Encode(const Tokenizer& tokenizer, std::string_view text,
                                        bool add_special_tokens = true,
                                        std::optional<std::size_t> max_tokens = std::nullopt) {
  std::vector<std::int32_t> ids;
  tokenizer.Encode(text, {add_special_tokens, max_tokens}, &ids, nullptr);
  return ids;
}

// What the official library answers: see make_official_cases.py.
inline const Json& OfficialCases() {
  static const Json cases =
      ReadJsonFile(std::filesystem::path(DENSENODE_SOURCE_DIR) / "test/native/text/official_cases.json",
                   ErrorCode::kFileCorrupt);
  return cases;
}

// A small complete tokenizer.json of the BERT kind.
inline Json SmallTokenizerJson() { return OfficialCases()["base"]; }

}  // namespace densenode
