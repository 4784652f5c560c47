#include "encoder/folder/module_weights.h"

#include "common/error.h"
#include "encoder/folder/config_file.h"

namespace densenode {

std::size_t DimensionAt(const Json& config, const char* key, const std::filesystem::path& path) {
  const std::size_t dimension = CountAt(config, key, path).value_or(0);
  if (dimension == 0 || dimension > kMaxModuleDimension) {
    Fail(ErrorCode::kModelInvalid, path, ": \"", key, "\" must be from 1 to ", kMaxModuleDimension);
  }
  return dimension;
}

std::filesystem::path ModuleWeights(const std::filesystem::path& folder) {
  std::filesystem::path file = folder / "model.safetensors";
  if (!IsFile(file) && IsFile(folder / "pytorch_model.bin")) {
    Fail(ErrorCode::kModelUnsupported, folder / "pytorch_model.bin",
         " is pickled, which densenode does not read. SentenceTransformer(folder).save_pretrained(folder) in "
         "Python's sentence-transformers writes it as model.safetensors");
  }
  return file;
}

}  // namespace densenode
