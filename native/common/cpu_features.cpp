#include "common/cpu_features.h"

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace densenode {
namespace {

struct Registers {
  std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

// Zeros for a leaf that the CPU does not have.
Registers Cpuid(std::uint32_t leaf, std::uint32_t subleaf) {
  Registers r;
  __get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx);
  return r;
}

bool Bit(std::uint64_t value, int bit) { return (value >> bit & 1) != 0; }

// The register sets that the operating system saves and restores (XCR0).
std::uint64_t SavedState() {
  if (!Bit(Cpuid(1, 0).ecx, 27)) return 0;  // OSXSAVE
  std::uint32_t low = 0, high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return std::uint64_t{high} << 32 | low;
}

bool AskForTiles() {
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

CpuFeatures Detect() {
  constexpr std::uint64_t kAvx512State = 0xe6;  // SSE, AVX, opmask, both halves of ZMM
  constexpr std::uint64_t kAvxState = 6;
  constexpr std::uint64_t kTileState = 3 << 17;
  const std::uint64_t saved = SavedState();
  const Registers leaf7 = Cpuid(7, 0);
  const bool avx512 = (saved & kAvx512State) == kAvx512State && Bit(leaf7.ebx, 16);
  CpuFeatures features;
  features.avx512_bf16 = avx512 && Bit(Cpuid(7, 1).eax, 5);
  features.avx512_vnni = avx512 && Bit(leaf7.ecx, 11);
  features.vnni = features.avx512_vnni || ((saved & kAvxState) == kAvxState && Bit(Cpuid(7, 1).eax, 4));
  const bool tiles = (saved & kTileState) == kTileState && Bit(leaf7.edx, 24) && AskForTiles();
  features.amx_bf16 = tiles && Bit(leaf7.edx, 22) && features.avx512_bf16;
  features.amx_int8 = tiles && Bit(leaf7.edx, 25) && features.avx512_vnni;
  return features;
}

}  // namespace

const CpuFeatures& GetCpuFeatures() {
  static const CpuFeatures features = Detect();
  return features;
}

}  // namespace densenode
