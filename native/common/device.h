// Where a model or an index works: the CPU, or one CUDA device. What this build and this machine can do about
// it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace densenode {

struct Device {
  int ordinal = -1;  // of the CUDA device; -1 is the CPU

  bool is_cuda() const { return ordinal >= 0; }
  std::string name() const { return is_cuda() ? "cuda:" + std::to_string(ordinal) : "cpu"; }
  bool operator==(const Device&) const = default;
};

struct CudaDevice {
  int ordinal = 0;
  std::string name;  // "NVIDIA H100 80GB HBM3"
  int major = 0;     // compute capability
  int minor = 0;
  std::size_t memory_bytes = 0;
};

struct CudaSupport {
  bool built = false;               // this binary was compiled with CUDA
  std::string toolkit;              // version that it was compiled with: "13.0"; empty without CUDA
  std::string driver;               // newest CUDA version of the installed driver: "13.0"; empty without one
  std::vector<CudaDevice> devices;  // usable ones
  std::string problem;              // why `devices` is empty and the remedy; empty when it is not
};

// Looked up once in the life of the process; never throws.
const CudaSupport& GetCudaSupport();

// "auto" (the first CUDA device where one is usable, else the CPU), "cpu", "cuda" (cuda:0) or "cuda:N".
// Throws INVALID_ARGUMENT for other words, DEVICE_UNAVAILABLE with what is missing and the remedy.
Device ResolveDevice(std::string_view text);

}  // namespace densenode
