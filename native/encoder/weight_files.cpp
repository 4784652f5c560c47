#include "encoder/weight_files.h"

#include <initializer_list>

#include "encoder/architecture/families.h"

namespace densenode {
namespace {

namespace fs = std::filesystem;

fs::path FirstFile(std::initializer_list<fs::path> files) {
  std::error_code ignored;
  for (const fs::path& file : files) {
    if (fs::is_regular_file(file, ignored)) return file;
  }
  return {};
}

}  // namespace

WeightFiles ChooseWeightFiles(const fs::path& root, const fs::path& folder, const Json& config) {
  const fs::path safetensors =
      FirstFile({folder / "model.safetensors", folder / "model.safetensors.index.json"});
  const fs::path onnx =
      FirstFile({folder / "onnx/model.onnx", root / "onnx/model.onnx", folder / "model.onnx"});
  if (!safetensors.empty()) {
    try {
      return {.safetensors = safetensors, .transformer = ParseTransformer(config, folder / "config.json")};
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kModelUnsupported) throw;
      if (onnx.empty())
        Fail(error.code(), error.what(),
             ". An export of the model in onnx/model.onnx would be taken instead");
    }
  }
  if (!onnx.empty()) return {.onnx = onnx};
  const fs::path pickled = FirstFile({folder / "pytorch_model.bin", folder / "pytorch_model.bin.index.json"});
  if (!pickled.empty()) {
    Fail(ErrorCode::kModelUnsupported, folder, " has its weights in ", pickled.filename(),
         ", which can run code when it is read; densenode reads .safetensors and .onnx. "
         "AutoModel.from_pretrained(folder).save_pretrained(folder) in Python's transformers writes "
         "model.safetensors");
  }
  Fail(ErrorCode::kFileNotFound,
       "no model.safetensors, model.safetensors.index.json, onnx/model.onnx or "
       "model.onnx in ",
       folder);
}

}  // namespace densenode
