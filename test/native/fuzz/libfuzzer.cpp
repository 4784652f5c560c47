// The same targets for clang's libFuzzer: -DDENSENODE_FUZZ_TARGET=kIndexFile.
#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz.h"

using densenode::fuzz::DENSENODE_FUZZ_TARGET;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  densenode::fuzz::Refusal(DENSENODE_FUZZ_TARGET, {reinterpret_cast<const char*>(data), size});
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned) {
  std::string input(reinterpret_cast<char*>(data), LLVMFuzzerMutate(data, size, most));
  if (DENSENODE_FUZZ_TARGET.repair) DENSENODE_FUZZ_TARGET.repair(input);
  input.copy(reinterpret_cast<char*>(data), input.size());
  return input.size();
}
