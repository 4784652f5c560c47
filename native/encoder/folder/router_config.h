// router_config.json of a module of type Router, or config.json of the older Asym.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "encoder/folder/modules_file.h"

namespace densenode {

class RouterConfig {
 public:
  // Throws MODEL_INVALID for a file of another form, for a path out of `folder` and for routes that are not
  // there; MODEL_UNSUPPORTED for a Router in a Router.
  static RouterConfig Read(const std::filesystem::path& folder);

  // The modules that texts of this task pass; nullptr where there is no way for them. No task: the default.
  const std::vector<ModuleFolder>* Resolve(const std::optional<std::string>& task) const;

  // What Resolve may be asked for.
  const std::set<std::string>& tasks() const { return tasks_; }

 private:
  using Key = std::pair<std::optional<std::string>, std::optional<std::string>>;  // task and modality

  const std::vector<ModuleFolder>& RouteOf(const std::string& name) const { return routes_.at(name); }

  std::map<std::string, std::vector<ModuleFolder>> routes_;
  std::map<Key, std::string> mappings_;
  std::optional<std::string> default_route_;
  std::set<std::string> tasks_;
};

}  // namespace densenode
