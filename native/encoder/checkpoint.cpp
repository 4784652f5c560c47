#include "encoder/checkpoint.h"

#include "common/error.h"
#include "common/json.h"

namespace densenode {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFiles = 10'000;

// An index comes from strangers: it may name files beside it, and nothing else.
fs::path FileBeside(const fs::path& index, const Json& name) {
  const fs::path file = name.is_string() ? name.get<std::string>() : "";
  if (file.extension() != ".safetensors" || file != file.filename()) {
    Fail(ErrorCode::kModelInvalid, index, ": weight_map must name .safetensors files beside it, not ",
         name.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  return index.parent_path() / file;
}

}  // namespace

Checkpoint Checkpoint::Open(const fs::path& path) {
  Checkpoint checkpoint;
  checkpoint.path_ = path;
  if (path.extension() != ".json") {
    checkpoint.files_.push_back(Safetensors::Open(path));
    return checkpoint;
  }
  const Json index = ReadJsonFile(path, ErrorCode::kModelInvalid);
  const auto map = index.is_object() ? index.find("weight_map") : index.end();
  if (map == index.end() || !map->is_object() || map->empty())
    Fail(ErrorCode::kModelInvalid, path, " has no weight_map");
  std::map<fs::path, std::size_t> opened;
  for (const auto& [name, file_name] : map->items()) {
    const auto [file, is_new] = opened.emplace(FileBeside(path, file_name), opened.size());
    if (is_new && opened.size() > kMaxFiles)
      Fail(ErrorCode::kModelInvalid, path, ": weight_map names more than ", kMaxFiles, " files");
    if (is_new) checkpoint.files_.push_back(Safetensors::Open(file->first));
    if (!checkpoint.files_[file->second].Has(name))
      Fail(ErrorCode::kModelInvalid, path, ": ", file->first, " has no tensor \"", name, "\"");
    checkpoint.file_of_.emplace(name, file->second);
  }
  return checkpoint;
}

const Safetensors& Checkpoint::FileOf(const std::string& name) const {
  const auto found = file_of_.find(name);
  if (found == file_of_.end() && files_.size() > 1)
    Fail(ErrorCode::kModelInvalid, path_, " has no tensor \"", name, "\"");
  return files_[found == file_of_.end() ? 0 : found->second];
}

bool Checkpoint::Has(const std::string& name) const {
  return file_of_.empty() ? files_.front().Has(name) : file_of_.contains(name);
}

const StoredTensor& Checkpoint::Find(const std::string& name, const std::vector<std::int64_t>& shape) const {
  return FileOf(name).Find(name, shape);
}

void Checkpoint::ReleasePages() const {
  for (const Safetensors& file : files_) file.ReleasePages();
}

}  // namespace densenode
