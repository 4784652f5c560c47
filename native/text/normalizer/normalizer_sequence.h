// Sequence: normalizers one after another.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "text/normalizer.h"

namespace densenode {

class NormalizerSequence : public Normalizer {
 public:
  explicit NormalizerSequence(std::vector<std::unique_ptr<const Normalizer>> steps)
      : steps_(std::move(steps)) {}

  bool Normalize(std::string_view text, std::string* out) const override {
    thread_local std::vector<std::string> spare;  // one for each Sequence that is in progress, as they nest
    std::string before;
    if (!spare.empty()) {
      before = std::move(spare.back());
      spare.pop_back();
    }
    bool at_start = true;
    *out = text;
    for (const auto& step : steps_) {
      before.swap(*out);
      at_start &= step->Normalize(before, out);
    }
    constexpr std::size_t kKeep = 1 << 20;
    if (before.capacity() <= kKeep) spare.push_back(std::move(before));
    return at_start;
  }

 private:
  std::vector<std::unique_ptr<const Normalizer>> steps_;
};

}  // namespace densenode
