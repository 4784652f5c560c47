#include "mutator.h"

#include <algorithm>
#include <cstring>

namespace densenode::fuzz {
namespace {

constexpr std::size_t kHead = 512;  // where sizes and kinds are
constexpr std::size_t kLongestPiece = 64;
constexpr std::size_t kLongestInput = std::size_t{1} << 20;

}  // namespace

Mutator::Mutator(const Target& target, std::uint64_t seed)
    : target_(target), seeds_(target.seeds()), random_(seed) {}

std::size_t Mutator::Place(const std::string& input) {
  const std::size_t near = std::min(kHead, input.size());
  switch (Below(4)) {
    case 0:
      return Below(near);
    case 1:
      return input.size() - near + Below(near);
    default:
      return Below(input.size());
  }
}

void Mutator::PutNumber(std::string& input) {
  const std::size_t bytes = std::size_t{1} << Below(4);
  if (input.size() < bytes) return;
  const std::size_t at = std::min(Place(input), input.size() - bytes);
  std::uint64_t number = 0;
  std::memcpy(&number, input.data() + at, bytes);
  switch (Below(6)) {
    case 0:
      number = std::uint64_t{1} << Below(64);
      break;
    case 1:
      number = (std::uint64_t{1} << Below(64)) - 1;
      break;
    case 2:
      number += Below(9) - 4;
      break;
    case 3:
      number = Below(2) ? number << 1 : number >> 1;
      break;
    case 4:
      number = Below(2) ? Below(64) : input.size();
      break;
    default:
      number = random_();
  }
  std::memcpy(input.data() + at, &number, bytes);
}

void Mutator::Change(std::string& input) {
  if (input.empty()) return;
  const std::size_t at = Place(input), length = 1 + Below(std::min(kLongestPiece, input.size() - at));
  switch (Below(12)) {
    case 0:
    case 1:
      input[at] = static_cast<char>(input[at] ^ (1 << Below(8)));
      return;
    case 2:
      input[at] = static_cast<char>(random_());
      return;
    case 3:
      input.erase(at, length);
      return;
    case 4:
      input.insert(at, input.substr(at, length));
      return;
    case 5: {
      const std::string piece = input.substr(at, length);
      const std::size_t to = Below(input.size() - piece.size() + 1);
      input.replace(to, piece.size(), piece);
      return;
    }
    case 6:
      if (!target_.words.empty())
        input.replace(at, Below(2) ? length : 0, target_.words[Below(target_.words.size())]);
      return;
    case 7: {
      const std::string& other = seeds_[Below(seeds_.size())];
      if (!other.empty()) input.replace(at, length, other.substr(Below(other.size()), length));
      return;
    }
    case 8:
      if (Below(8) == 0) input.resize(at);
      return;
    default:
      PutNumber(input);
  }
}

std::string Mutator::Next() {
  std::string input = seeds_[Below(seeds_.size())];
  for (std::size_t changes = 1 + Below(Below(4) == 0 ? 8 : 2); changes > 0; --changes) Change(input);
  if (input.size() > kLongestInput) input.resize(kLongestInput);
  if (target_.repair && Below(10) != 0) target_.repair(input);
  return input;
}

}  // namespace densenode::fuzz
