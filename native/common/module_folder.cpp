#include "common/module_folder.h"

#include <dlfcn.h>

namespace densenode {

std::filesystem::path ModuleFolder() {
  Dl_info info{};
  if (!dladdr(reinterpret_cast<const void*>(&ModuleFolder), &info) || !info.dli_fname) return {};
  std::error_code ignored;
  return std::filesystem::absolute(info.dli_fname, ignored).parent_path();
}

}  // namespace densenode
