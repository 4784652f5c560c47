#include "cuda/cuda_libraries.h"

#include <dlfcn.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "common/module_folder.h"
#include "cuda/cublas_forward.h"

namespace densenode {
namespace {

namespace fs = std::filesystem;

struct Library {
  const char* name;
  const char* package;  // PyPI's; the system's are named after the toolkit
  bool required;
};

// In the order of their dependences, so that each finds those before it by name.
constexpr const char* kCublas = "libcublas.so.13";
constexpr const char* kCudnn = "libcudnn.so.9";
constexpr Library kLibraries[] = {
    {"libcudart.so.13", "nvidia-cuda-runtime", true},
    {"libcublasLt.so.13", "nvidia-cublas", true},
    {kCublas, "nvidia-cublas", true},
    {"libcurand.so.10", "nvidia-curand", true},
    {"libnvrtc.so.13", "nvidia-cuda-nvrtc", false},
    {"libcufft.so.12", "nvidia-cufft", false},
    {kCudnn, "nvidia-cudnn-cu13", false},
};

std::vector<fs::path> Folders() {
  std::vector<fs::path> folders;
  if (const char* list = std::getenv("DENSENODE_CUDA_LIBRARIES")) {
    std::istringstream parts(list);
    for (std::string part; std::getline(parts, part, ':');) {
      if (!part.empty()) folders.emplace_back(part);
    }
  }
  folders.push_back(ModuleFolder());
#ifdef DENSENODE_CUDA_TOOLKIT_LIBRARIES
  folders.emplace_back(DENSENODE_CUDA_TOOLKIT_LIBRARIES);
#endif
  folders.emplace_back();  // the loader's own search
  folders.emplace_back("/usr/local/cuda/lib64");
  return folders;
}

// Null, with the reasons appended to `reasons` for files that are there and do not open.
void* Open(const std::string& name, const std::vector<fs::path>& folders, std::string& reasons) {
  if (void* handle = dlopen(name.c_str(), RTLD_NOW | RTLD_NOLOAD)) return handle;
  for (const fs::path& folder : folders) {
    const fs::path file = folder / name;
    std::error_code ignored;
    if (!folder.empty() && !fs::exists(file, ignored)) continue;
    if (void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) return handle;
    if (!folder.empty()) reasons += std::string("; ") + dlerror();
  }
  return nullptr;
}

std::string Remedy(const std::string& packages, const std::vector<fs::path>& folders) {
  std::string looked;
  for (const fs::path& folder : folders) {
    looked += (looked.empty() ? "" : ", ") + (folder.empty() ? "the loader's path" : folder.string());
  }
  return "Looked in " + looked +
         ". Install CUDA 13 (Debian and RHEL packages: cuda-libraries-13-0), or `pip install" + packages +
         "` and set DENSENODE_CUDA_LIBRARIES to the folder that holds the files "
         "(site-packages/nvidia/cu13/lib).";
}

std::atomic<bool> has_cudnn = false;

}  // namespace

void PreloadCudaLibraries() {
  static std::mutex mutex;
  static bool done = false;
  std::lock_guard lock(mutex);
  if (done) return;
  const std::vector<fs::path> folders = Folders();
  std::string missing, packages;
  for (const Library& library : kLibraries) {
    std::string reasons;
    void* handle = Open(library.name, folders, reasons);
    if (!handle && library.required) {
      missing += (missing.empty() ? "" : ", ") + std::string(library.name) + reasons;
      const std::string package = std::string(" ") + library.package;
      if (packages.find(package) == std::string::npos) packages += package;
    }
    if (!handle) continue;
    if (std::string_view(library.name) == kCudnn) has_cudnn = true;
    if (std::string_view(library.name) != kCublas) continue;
    if (const char* lacks = SetCublas(handle))
      missing += std::string(kCublas) + " lacks the function " + lacks;
  }
  if (!missing.empty()) {
    Fail(ErrorCode::kDeviceUnavailable, "CUDA libraries are missing: ", missing, ". ",
         Remedy(packages, folders));
  }
  done = true;
}

bool HasCudnn() { return has_cudnn; }

}  // namespace densenode
