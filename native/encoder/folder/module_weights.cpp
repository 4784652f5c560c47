#include "encoder/folder/module_weights.h"

#include "common/error.h"
#include "encoder/folder/config_file.h"

namespace densenode {

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
