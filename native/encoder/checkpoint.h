// The weights of a model: one .safetensors file, or several with an index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "encoder/safetensors.h"

namespace densenode {

class Checkpoint {
 public:
  // `path`: a .safetensors file, or the model.safetensors.index.json of several that lie beside it. Throws
  // what Safetensors::Open throws for each; MODEL_INVALID for an index whose files are not beside it or lack
  // a tensor that it says they have.
  static Checkpoint Open(const std::filesystem::path& path);

  bool Has(const std::string& name) const;
  // Throws MODEL_INVALID if there is none of this name.
  const std::vector<std::int64_t>& Shape(const std::string& name) const { return FileOf(name).Shape(name); }
  // Throws MODEL_INVALID if there is none of this name or its shape is another.
  const StoredTensor& Find(const std::string& name, const std::vector<std::int64_t>& shape) const;
  FloatTensor Float32(const std::string& name, const std::vector<std::int64_t>& shape) const {
    return Find(name, shape).Float32();
  }

  // Drops the mapped pages from resident memory; they come back from the files when they are read again.
  void ReleasePages() const;

 private:
  const Safetensors& FileOf(const std::string& name) const;

  std::filesystem::path path_;
  std::vector<Safetensors> files_;
  std::map<std::string, std::size_t, std::less<>> file_of_;  // by tensor; empty for a single file
};

}  // namespace densenode
