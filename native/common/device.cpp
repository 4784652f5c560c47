#include "common/device.h"

#include <charconv>
#include <optional>

#include "common/error.h"

namespace densenode {
namespace {

// "cuda" is 0, "cuda:N" is N; nothing for other words.
std::optional<int> CudaOrdinal(std::string_view text) {
  if (text == "cuda") return 0;
  if (!text.starts_with("cuda:")) return std::nullopt;
  const std::string_view digits = text.substr(5);
  int ordinal = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), ordinal);
  if (error != std::errc() || end != digits.data() + digits.size() || ordinal < 0) return std::nullopt;
  return ordinal;
}

std::string List(const std::vector<CudaDevice>& devices) {
  std::string list;
  for (const CudaDevice& device : devices) {
    list += (list.empty() ? "" : ", ") + Device{device.ordinal}.name() + " (" + device.name + ")";
  }
  return list;
}

}  // namespace

Device ResolveDevice(std::string_view text) {
  if (text == "cpu") return {};
  const bool choose = text == "auto";
  const std::optional<int> ordinal = CudaOrdinal(text);
  if (!choose && !ordinal) {
    Fail(ErrorCode::kInvalidArgument, "device must be auto, cpu, cuda or cuda:N, not \"", text, "\"");
  }
  const CudaSupport& support = GetCudaSupport();
  if (choose) return support.devices.empty() ? Device{} : Device{support.devices.front().ordinal};
  if (support.devices.empty()) {
    Fail(ErrorCode::kDeviceUnavailable, "device \"", text, "\" is not available: ", support.problem);
  }
  for (const CudaDevice& device : support.devices) {
    if (device.ordinal == *ordinal) return {*ordinal};
  }
  Fail(ErrorCode::kDeviceUnavailable, "device \"", text, "\" is not available: usable here are ",
       List(support.devices), ". Choose one of these, or \"auto\".");
}

#ifndef DENSENODE_CUDA
const CudaSupport& GetCudaSupport() {
  static const CudaSupport* const none = [] {
    auto* support = new CudaSupport;
    support->problem =
        "the loaded binary is the one without CUDA. The CUDA binary is in the package "
        "@densenode/linux-x64-cuda (in "
        "a clone: `npm run build -- --cuda`) and is loaded where an NVIDIA device is; densenode.info() says "
        "what "
        "is missing here. Use device \"cpu\" or \"auto\" otherwise.";
    return support;
  }();
  return *none;
}
#endif

}  // namespace densenode
