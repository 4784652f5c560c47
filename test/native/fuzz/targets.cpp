#include <array>

#include "target.h"

namespace densenode::fuzz {

std::span<const Target* const> Targets() {
  static constexpr std::array kTargets{&kIndexFile,     &kBinaryIndexFile, &kFaissFile,      &kLexicalFile,
                                       &kTokenizerJson, &kSafetensors,     &kLinearAdapter,  &kModelFolder,
                                       &kOnnxFile,      &kSparseIndexFile, &kStaticEmbedding};
  return kTargets;
}

}  // namespace densenode::fuzz
