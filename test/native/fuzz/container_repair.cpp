#include "container_repair.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdint>
#include <cstring>

namespace densenode::fuzz {
namespace {

// As container.h has it.
constexpr std::size_t kFileSize = 16, kChecksum = 24, kEntries = 32, kHeader = 256;
constexpr std::size_t kEntry = 32, kEntryOffset = 8, kEntrySize = 16, kEntryChecksum = 24;

}  // namespace

void RepairContainer(std::string& input) {
  if (input.size() < kHeader) return;
  const auto at = [&](std::size_t place) {
    std::uint64_t number;
    std::memcpy(&number, input.data() + place, sizeof number);
    return number;
  };
  const auto put = [&](std::size_t place, std::uint64_t number) {
    std::memcpy(input.data() + place, &number, sizeof number);
  };
  put(kFileSize, input.size());
  std::uint64_t end = kHeader;
  for (std::size_t entry = kEntries; entry < kHeader; entry += kEntry) {
    const std::uint64_t begin = at(entry + kEntryOffset);
    if (begin < end || begin > input.size()) continue;
    // A last section that was cut or grew is as long as the file.
    const bool last = entry + kEntry == kHeader || at(entry + kEntry + kEntryOffset) == 0;
    std::uint64_t size = at(entry + kEntrySize);
    if (last || size > input.size() - begin) size = input.size() - begin;
    put(entry + kEntrySize, size);
    put(entry + kEntryChecksum, XXH3_64bits(input.data() + begin, size));
    end = begin + size;
  }
  put(kChecksum, 0);
  put(kChecksum, XXH3_64bits(input.data(), kHeader));
}

}  // namespace densenode::fuzz
