// The ways that texts can take through the modules of a folder: one, or one for each task where it has
// modules of type Router (Asym in older ones).
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "encoder/folder/modules_file.h"

namespace densenode {

struct ModuleRoutes {
  std::vector<std::vector<ModuleFolder>> routes;  // without Routers: what stands in them instead
  std::map<std::string, std::size_t> tasks;       // routes by task; empty where tasks make no difference
  std::optional<std::size_t> without_task;        // the route of texts that come without one
};

// Reads modules.json of `root` and router_config.json (or config.json) of its Routers, and resolves tasks for
// texts as sentence-transformers does. Throws MODEL_INVALID, or MODEL_UNSUPPORTED for a Router in a Router.
ModuleRoutes ReadRoutes(const std::filesystem::path& root);

}  // namespace densenode
