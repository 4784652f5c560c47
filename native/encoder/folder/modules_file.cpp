#include "encoder/folder/modules_file.h"

#include <algorithm>

#include "encoder/folder/config_file.h"

namespace densenode {

ModuleFolder ModuleAt(const std::filesystem::path& folder, const std::filesystem::path& path,
                      const std::string& type, const std::filesystem::path& file) {
  if (path.is_absolute() || std::find(path.begin(), path.end(), "..") != path.end())
    Fail(ErrorCode::kModelInvalid, file, ": module path ", path, " leaves the model's folder");
  return {type.substr(type.rfind('.') + 1), folder / path};
}

std::vector<ModuleFolder> ReadModulesFile(const std::filesystem::path& root) {
  const std::filesystem::path path = root / "modules.json";
  const Json list = ReadJsonFile(path, ErrorCode::kModelInvalid);
  if (!list.is_array() || list.empty() || list.size() > kMostModules) {
    Fail(ErrorCode::kModelInvalid, path, " must hold a list of modules, at most ", kMostModules);
  }
  std::vector<ModuleFolder> modules;
  for (const Json& entry : list) {
    if (!entry.is_object() || StringOr(entry, "type", "").empty()) {
      Fail(ErrorCode::kModelInvalid, path, ": a module lacks its \"type\"");
    }
    modules.push_back(ModuleAt(root, StringOr(entry, "path", ""), StringOr(entry, "type", ""), path));
  }
  return modules;
}

}  // namespace densenode
