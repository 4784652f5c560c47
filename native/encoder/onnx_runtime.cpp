#include "encoder/onnx_runtime.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <sstream>
#include <vector>

#include "common/module_folder.h"

namespace densenode {
namespace {

namespace fs = std::filesystem;

// libonnxruntime.so, .so.1 or .so.1.32.0 in `folder`: the shortest name first.
fs::path LibraryIn(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().filename().string().starts_with("libonnxruntime.so")) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found.empty() ? fs::path() : found.front();
}

// Tries one place after another and keeps what was looked for, for the error.
class LibrarySearch {
 public:
  fs::path Find() {
    if (const char* file = std::getenv("DENSENODE_ONNXRUNTIME_LIBRARY"); file && *file) {
      // Named by the user: a wrong name is an error, not a reason to take another library.
      looked_for_ << "\n  DENSENODE_ONNXRUNTIME_LIBRARY: " << file;
      return Existing(file);
    }
    if (const char* root = std::getenv("ONNXRUNTIME_ROOT"); root && *root) {
      if (fs::path file = InFolder("ONNXRUNTIME_ROOT", fs::path(root) / "lib"); !file.empty()) return file;
    }
#ifdef DENSENODE_CUDA
    // The version that the CUDA provider belongs to; the CPU addon's own lies one folder up.
    if (fs::path file = InFolder("the CUDA folder of the addon", ModuleFolder() / "cuda"); !file.empty())
      return file;
#endif
    if (fs::path file = InFolder("the folder of the addon", ModuleFolder()); !file.empty()) return file;
#ifdef DENSENODE_ONNXRUNTIME_LIBRARY
    looked_for_ << "\n  the path of the build: " << DENSENODE_ONNXRUNTIME_LIBRARY;
    return Existing(DENSENODE_ONNXRUNTIME_LIBRARY);
#else
    return {};
#endif
  }
  std::string looked_for() const { return looked_for_.str(); }

 private:
  static fs::path Existing(const fs::path& file) {
    std::error_code ignored;
    return fs::is_regular_file(file, ignored) ? fs::absolute(file, ignored) : fs::path();
  }
  fs::path InFolder(const char* name, const fs::path& folder) {
    looked_for_ << "\n  " << name << ": " << (folder / "libonnxruntime.so*").string();
    const fs::path file = LibraryIn(folder);
    return file.empty() ? file : Existing(file);
  }
  std::ostringstream looked_for_;
};

constexpr const char* kRemedy =
    "Run `npm run setup` (source build) or install the package for this platform, or point "
    "DENSENODE_ONNXRUNTIME_LIBRARY at a libonnxruntime.so of ONNX Runtime 1.29 or newer.";

}  // namespace

const OnnxRuntime& OnnxRuntime::Get() {
  static std::mutex mutex;
  static OnnxRuntime* loaded = nullptr;  // never deleted, see the header
  std::lock_guard lock(mutex);
  if (loaded) return *loaded;

  LibrarySearch search;
  const fs::path file = search.Find();
  if (file.empty()) {
    Fail(ErrorCode::kEngineFailed, "the ONNX Runtime library was not found. Looked for:", search.looked_for(),
         "\n", kRemedy);
  }
  void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    Fail(ErrorCode::kEngineFailed, "cannot load ONNX Runtime from ", file, ": ", dlerror(), ". ", kRemedy);
  }
  const auto get_base = reinterpret_cast<const OrtApiBase* (*)()>(dlsym(handle, "OrtGetApiBase"));
  if (!get_base)
    Fail(ErrorCode::kEngineFailed, file, " is not ONNX Runtime: it has no OrtGetApiBase. ", kRemedy);
  const OrtApiBase* base = get_base();
  const OrtApi* api = base->GetApi(ORT_API_VERSION);
  if (!api) {
    Fail(ErrorCode::kEngineFailed, file, " is ONNX Runtime ", base->GetVersionString(),
         ", which lacks API version ", ORT_API_VERSION, ". ", kRemedy);
  }
  Ort::InitApi(api);
  if (!api->GetModelEditorApi()) {
    Fail(ErrorCode::kEngineFailed, file, " is a minimal build of ONNX Runtime without the Model Editor API. ",
         kRemedy);
  }
  auto* runtime = new OnnxRuntime;
  runtime->version_ = base->GetVersionString();
  runtime->library_ = file;
  CallOnnxRuntime("creating its environment", [&] {
    runtime->env_ = Ort::Env(ORT_LOGGING_LEVEL_ERROR, "densenode");
    runtime->env_.DisableTelemetryEvents();
  });
  loaded = runtime;
  return *loaded;
}

}  // namespace densenode
