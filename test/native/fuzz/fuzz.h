#pragma once

#include <cstdint>
#include <string>

#include "target.h"

namespace densenode::fuzz {

// Lets the target read `input`; returns why it was refused, or nothing where it was taken for valid.
std::string Refusal(const Target& target, const std::string& input);

struct Limits {
  std::uint64_t seed = 1;
  std::uint64_t rounds = 0;  // 0: no limit
  double seconds = 0;        // of CPU time; 0: no limit
};
struct Outcome {
  std::uint64_t rounds = 0, valid = 0;
};
// Ends the process where the target crashes or takes more than 20 s for one input, after it has written the
// input to "finding-<target>" in the working folder.
Outcome Fuzz(const Target& target, const Limits& limits);

}  // namespace densenode::fuzz
