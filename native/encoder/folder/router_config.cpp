#include "encoder/folder/router_config.h"

#include "encoder/folder/config_file.h"

namespace densenode {
namespace {

constexpr const char* kText = "text";  // the modality of texts

// The parts of the Python tuple that stands for a key of route_mappings: "('query', 'text')", "(None,
// 'text')". Nothing for tuples of other parts: they are for other modalities.
std::optional<std::pair<std::optional<std::string>, std::optional<std::string>>> ParseKey(
    const std::string& text) {
  std::vector<std::optional<std::string>> parts;
  std::size_t at = 1;
  if (text.size() < 2 || text.front() != '(' || text.back() != ')') return std::nullopt;
  while (at < text.size() - 1) {
    const char first = text[at];
    if (first == ' ' || first == ',') {
      ++at;
    } else if (first == '\'' || first == '"') {
      const std::size_t end = text.find(first, at + 1);
      if (end == std::string::npos) return std::nullopt;
      parts.push_back(text.substr(at + 1, end - at - 1));
      at = end + 1;
    } else if (text.compare(at, 4, "None") == 0) {
      parts.push_back(std::nullopt);
      at += 4;
    } else {
      return std::nullopt;
    }
  }
  if (parts.size() != 2) return std::nullopt;
  return std::pair(parts[0], parts[1]);
}

}  // namespace

RouterConfig RouterConfig::Read(const std::filesystem::path& folder) {
  const bool current = IsFile(folder / "router_config.json");
  const std::filesystem::path path = folder / (current ? "router_config.json" : "config.json");
  const OrderedJson config = ReadOrderedConfig(path);  // the first route may be the default
  const auto member = [&](const char* key) -> const OrderedJson& {
    const auto found = config.find(key);
    if (found == config.end() || !found->is_object() || found->empty() || found->size() > kMostModules) {
      Fail(ErrorCode::kModelInvalid, path, ": \"", key,
           "\" must be an object with the Router's modules, at most ", kMostModules);
    }
    return *found;
  };
  std::map<std::string, ModuleFolder> modules;
  for (const auto& [id, type] : member("types").items()) {
    if (!type.is_string()) Fail(ErrorCode::kModelInvalid, path, ": the type of \"", id, "\" is no string");
    const ModuleFolder module = ModuleAt(folder, id, type.get<std::string>(), path);
    if (IsRouter(module.type))
      Fail(ErrorCode::kModelUnsupported, path, ": a Router in a Router is not supported");
    modules.insert_or_assign(id, module);
  }
  RouterConfig router;
  std::optional<std::string> first;
  for (const auto& [name, ids] : member("structure").items()) {
    if (!ids.is_array() || ids.size() > kMostModules) {
      Fail(ErrorCode::kModelInvalid, path, ": route \"", name, "\" must be a list of at most ", kMostModules,
           " modules");
    }
    std::vector<ModuleFolder>& route = router.routes_[name];
    route.clear();  // of routes of one name the last counts
    for (const auto& id : ids) {
      const auto found = id.is_string() ? modules.find(id.get<std::string>()) : modules.end();
      if (found == modules.end()) {
        Fail(ErrorCode::kModelInvalid, path, ": route \"", name, "\" has a module ", id.dump(),
             " that \"types\" does not know");
      }
      route.push_back(found->second);
    }
    router.tasks_.insert(name);
    if (!first) first = name;
  }
  const auto known = [&](const OrderedJson& name) {
    if (!name.is_string() || !router.routes_.contains(name.get<std::string>()))
      Fail(ErrorCode::kModelInvalid, path, ": there is no route ", name.dump());
    return name.get<std::string>();
  };
  const OrderedJson parameters = config.value("parameters", OrderedJson::object());
  if (!parameters.is_object()) Fail(ErrorCode::kModelInvalid, path, ": \"parameters\" must be an object");
  if (const auto name = parameters.find("default_route"); name != parameters.end() && !name->is_null()) {
    router.default_route_ = known(*name);
  } else if (parameters.value("allow_empty_key", OrderedJson(true)) != false) {
    router.default_route_ = first;
  }
  if (const auto mappings = parameters.find("route_mappings");
      mappings != parameters.end() && mappings->is_object() && mappings->size() <= kMostModules) {
    for (const auto& [text, name] : mappings->items()) {
      const std::string route = known(name);
      const auto key = ParseKey(text);
      if (!key) continue;
      router.mappings_.insert_or_assign(*key, route);
      if (key->first) router.tasks_.insert(*key->first);
    }
  }
  return router;
}

const std::vector<ModuleFolder>* RouterConfig::Resolve(const std::optional<std::string>& task) const {
  for (const Key& key : {Key(task, kText), Key(task, std::nullopt), Key(std::nullopt, kText),
                         Key(std::nullopt, std::nullopt)}) {
    if (const auto found = mappings_.find(key); found != mappings_.end()) return &RouteOf(found->second);
  }
  if (task && routes_.contains(*task)) return &RouteOf(*task);
  if (routes_.contains(kText)) return &RouteOf(kText);
  if (task || !default_route_) return nullptr;
  return &RouteOf(*default_route_);
}

}  // namespace densenode
