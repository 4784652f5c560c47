#include "encoder/folder/weights.h"

#include <initializer_list>

#include "encoder/architecture/families.h"
#include "encoder/folder/config_file.h"

namespace densenode {
namespace {

namespace fs = std::filesystem;

// Empty where none is there.
fs::path FirstFile(std::initializer_list<fs::path> files) {
  for (const fs::path& file : files) {
    if (IsFile(file)) return file;
  }
  return {};
}

}  // namespace

void ChooseWeights(const fs::path& root, const fs::path& folder, ModelDescription* model) {
  const fs::path safetensors =
      FirstFile({folder / "model.safetensors", folder / "model.safetensors.index.json"});
  model->onnx = FirstFile({folder / "onnx/model.onnx", root / "onnx/model.onnx", folder / "model.onnx"});
  if (!safetensors.empty()) {
    try {
      model->transformer = ParseTransformer(model->config, model->config_path);
      model->safetensors = safetensors;
      model->onnx.clear();
      return;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kModelUnsupported) throw;
      if (model->onnx.empty())
        Fail(error.code(), error.what(),
             ". An export of the model in onnx/model.onnx would be taken instead");
    }
  }
  if (!model->onnx.empty()) return;
  const fs::path pickled = FirstFile({folder / "pytorch_model.bin", folder / "pytorch_model.bin.index.json"});
  if (!pickled.empty()) {
    Fail(ErrorCode::kModelUnsupported, folder, " has its weights in ", pickled.filename(),
         ", which can run code when it is read; densenode reads .safetensors and .onnx. "
         "AutoModel.from_pretrained(folder).save_pretrained(folder) in Python's transformers writes "
         "model.safetensors");
  }
  Fail(ErrorCode::kFileNotFound,
       "no model.safetensors, model.safetensors.index.json, onnx/model.onnx or model.onnx in ", folder);
}

}  // namespace densenode
