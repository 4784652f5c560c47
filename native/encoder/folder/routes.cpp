#include "encoder/folder/routes.h"

#include <algorithm>
#include <set>

#include "common/error.h"
#include "encoder/folder/router_config.h"

namespace densenode {
namespace {

// The modules that texts of a task pass; nothing where a Router has no way for them.
std::optional<std::vector<ModuleFolder>> Follow(const std::vector<ModuleFolder>& modules,
                                                const std::map<std::filesystem::path, RouterConfig>& routers,
                                                const std::optional<std::string>& task) {
  std::vector<ModuleFolder> route;
  for (const ModuleFolder& module : modules) {
    if (!IsRouter(module.type)) {
      route.push_back(module);
      continue;
    }
    const std::vector<ModuleFolder>* const inside = routers.at(module.folder).Resolve(task);
    if (!inside) return std::nullopt;
    route.insert(route.end(), inside->begin(), inside->end());
  }
  return route;
}

}  // namespace

ModuleRoutes ReadRoutes(const std::filesystem::path& root) {
  const std::vector<ModuleFolder> modules = ReadModulesFile(root);
  std::map<std::filesystem::path, RouterConfig> routers;
  std::set<std::string> tasks;
  for (const ModuleFolder& module : modules) {
    if (!IsRouter(module.type)) continue;
    const RouterConfig& router =
        routers.emplace(module.folder, RouterConfig::Read(module.folder)).first->second;
    tasks.insert(router.tasks().begin(), router.tasks().end());
  }
  ModuleRoutes result;
  const auto index_of = [&](std::vector<ModuleFolder> route) {
    const auto found = std::find(result.routes.begin(), result.routes.end(), route);
    if (found != result.routes.end()) return static_cast<std::size_t>(found - result.routes.begin());
    result.routes.push_back(std::move(route));
    return result.routes.size() - 1;
  };
  if (auto route = Follow(modules, routers, std::nullopt)) result.without_task = index_of(std::move(*route));
  for (const std::string& task : tasks) {
    if (auto route = Follow(modules, routers, task)) result.tasks[task] = index_of(std::move(*route));
  }
  if (result.routes.empty()) {
    Fail(ErrorCode::kModelInvalid, root / "modules.json", ": its Routers have no route for texts");
  }
  return result;
}

}  // namespace densenode
