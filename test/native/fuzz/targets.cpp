#include <array>

#include "target.h"

namespace densenode::fuzz {

std::span<const Target* const> Targets() {
  static constexpr std::array kTargets{&kIndexFile,   &kFaissFile,   &kTokenizerJson,
                                       &kSafetensors, &kModelFolder, &kOnnxFile};
  return kTargets;
}

}  // namespace densenode::fuzz
