// What the CPU offers beyond the instruction set of the build.
#pragma once

namespace densenode {

struct CpuFeatures {
  bool avx512_bf16 = false;  // vdpbf16ps
  bool vnni = false;         // vpdpbusd, of AVX-512 or AVX: sums of 8-bit products in 32 bits
  bool avx512_vnni = false;  // vpdpbusd on 512 bits
  bool amx_bf16 = false;     // tiles; the kernel has let this process use them, too
  bool amx_int8 = false;     // the same
};

// Looked up once in the life of the process. On Linux a process must ask for AMX's registers before it uses
// them (arch_prctl ARCH_REQ_XCOMP_PERM); this does.
const CpuFeatures& GetCpuFeatures();

}  // namespace densenode
