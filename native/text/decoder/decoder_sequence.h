// Sequence: decoders one after another.
#pragma once

#include <memory>
#include <utility>

#include "text/decoder.h"

namespace densenode {

class DecoderSequence : public Decoder {
 public:
  explicit DecoderSequence(std::vector<std::unique_ptr<const Decoder>> steps) : steps_(std::move(steps)) {}

  void Decode(std::vector<std::string>* tokens) const override {
    for (const auto& step : steps_) step->Decode(tokens);
  }

 private:
  std::vector<std::unique_ptr<const Decoder>> steps_;
};

}  // namespace densenode
