// What the fuzzers feed. A target reads its input as densenode reads such a file; only densenode::Error may
// come out.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace densenode::fuzz {

struct Target {
  const char* name;
  std::vector<std::string> (*seeds)();  // valid files, small ones
  void (*run)(const std::string& input);
  // Makes checksums true again, so that what is behind them is reached. Null where there are none.
  void (*repair)(std::string& input) = nullptr;
  std::span<const std::string_view> words = {};  // pieces that belong to the format
};

extern const Target kIndexFile, kFaissFile, kBinaryIndexFile, kLexicalFile, kTokenizerJson, kSafetensors,
    kLinearAdapter, kModelFolder, kOnnxFile, kSparseIndexFile, kStaticEmbedding;
std::span<const Target* const> Targets();

}  // namespace densenode::fuzz
