// Changes valid files into nearly valid ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "target.h"

namespace densenode::fuzz {

class Mutator {
 public:
  // One seed gives one sequence of inputs, on every machine.
  Mutator(const Target& target, std::uint64_t seed);
  // A seed file with one to eight changes: bits, bytes, numbers of 1 to 8 bytes that are 0, huge or next to
  // what was there, pieces cut, doubled, moved, words of the format, parts of another seed file. For nine of
  // ten, checksums are repaired.
  std::string Next();

 private:
  std::size_t Below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  std::size_t Place(const std::string& input);
  void Change(std::string& input);
  void PutNumber(std::string& input);

  const Target& target_;
  std::vector<std::string> seeds_;
  std::mt19937_64 random_;
};

}  // namespace densenode::fuzz
