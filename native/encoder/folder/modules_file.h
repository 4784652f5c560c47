// modules.json: the modules of a sentence-transformers folder.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace densenode {

struct ModuleFolder {
  std::string type;  // last part of the Python class: "Transformer", "Pooling", "Dense", ...
  std::filesystem::path folder;
  bool operator==(const ModuleFolder&) const = default;
};

// The module of Python class `type` at `path` below `folder`; `file` is named in errors. Throws MODEL_INVALID
// for a path out of `folder`.
ModuleFolder ModuleAt(const std::filesystem::path& folder, const std::filesystem::path& path,
                      const std::string& type, const std::filesystem::path& file);

constexpr std::size_t kMostModules = 64;  // of a list, and lists of a Router

// Whether the module sends texts to others by their task.
inline bool IsRouter(const std::string& type) { return type == "Router" || type == "Asym"; }
// Whether the module maps token ids to the vector of a text by itself.
inline bool IsStatic(const std::string& type) { return type == "StaticEmbedding"; }

// The list as it is. Throws MODEL_INVALID for a file of another form, and for a path out of the model's
// folder.
std::vector<ModuleFolder> ReadModulesFile(const std::filesystem::path& root);

// The modules around Pooling that map vectors: Dense, LayerNorm and Normalize.
struct ModuleFolders {
  std::vector<ModuleFolder> tokens;  // before it: token vectors
  std::vector<ModuleFolder> texts;   // after it; a last Normalize is not among them
};

}  // namespace densenode
