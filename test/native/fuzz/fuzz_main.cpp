// densenode_fuzz TARGET [--seconds N] [--rounds N] [--seed N]   mutates valid files
// densenode_fuzz TARGET FILE...                                 reads these
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "fuzz.h"

int main(int argc, char** argv) {
  using namespace densenode::fuzz;
  const Target* target = nullptr;
  for (const Target* each : Targets()) {
    if (argc > 1 && std::strcmp(argv[1], each->name) == 0) target = each;
  }
  if (!target) {
    std::fprintf(stderr,
                 "usage: %s TARGET [--seconds N] [--rounds N] [--seed N] [FILE...]\ntargets:", argv[0]);
    for (const Target* each : Targets()) std::fprintf(stderr, " %s", each->name);
    std::fprintf(stderr, "\n");
    return 2;
  }
  Limits limits;
  bool files = false;
  for (int i = 2; i < argc; ++i) {
    const std::string option = argv[i];
    const bool has_value = i + 1 < argc;
    if (option == "--seconds" && has_value) {
      limits.seconds = std::atof(argv[++i]);
    } else if (option == "--rounds" && has_value) {
      limits.rounds = std::strtoull(argv[++i], nullptr, 10);
    } else if (option == "--seed" && has_value) {
      limits.seed = std::strtoull(argv[++i], nullptr, 10);
    } else {
      files = true;
      std::ifstream file(option, std::ios::binary);
      const std::string input{std::istreambuf_iterator<char>(file), {}};
      const std::string refusal = Refusal(*target, input);
      std::printf("%s: %s\n", option.c_str(), refusal.empty() ? "valid" : refusal.c_str());
    }
  }
  if (files) return 0;
  // Without valid files to start from (a program whose source folder has moved) nothing would be reached.
  for (const std::string& seed : target->seeds()) {
    if (const std::string refusal = Refusal(*target, seed); !refusal.empty()) {
      std::fprintf(stderr, "%s: a file to start from is refused: %s\n", target->name, refusal.c_str());
      return 2;
    }
  }
  if (limits.seconds == 0 && limits.rounds == 0) limits.seconds = 600;
  const auto begin = std::chrono::steady_clock::now();
  const Outcome outcome = Fuzz(*target, limits);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("%s: %llu inputs, %llu of them valid, in %.0f s from seed %llu, no finding\n", target->name,
              static_cast<unsigned long long>(outcome.rounds), static_cast<unsigned long long>(outcome.valid),
              took.count(), static_cast<unsigned long long>(limits.seed));
}
