#include "encoder/onnx_file_session.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

#include "common/mapped_file.h"

namespace densenode {
namespace {

const std::string kArchitecture = "onnx";

std::string Join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

// Sequences and maps have no shape that could be asked for.
bool IsTensorOf(ONNXTensorElementDataType type, const Ort::TypeInfo& info) {
  return info.GetONNXType() == ONNX_TYPE_TENSOR && info.GetTensorTypeAndShapeInfo().GetElementType() == type;
}

class OnnxFileSession : public PaddedSession {
 public:
  OnnxFileSession(const std::filesystem::path& path, const Ort::SessionOptions& options,
                  ModelPurpose purpose) {
    weight_bytes_ = MappedFile::Open(path)->bytes().size();  // and a clear error if there is no such file
    try {
      session_ = Ort::Session(OnnxRuntime::Get().env(), path.c_str(), options);
    } catch (const Ort::Exception& error) {
      const OrtErrorCode code = error.GetOrtErrorCode();
      const bool damaged = code == ORT_INVALID_PROTOBUF || code == ORT_NO_SUCHFILE || code == ORT_NO_MODEL;
      Fail(damaged ? ErrorCode::kFileCorrupt : ErrorCode::kEngineFailed, "ONNX Runtime cannot load ", path,
           ": ", error.what());
    }
    CallOnnxRuntime("reading the model's inputs and outputs", [&] {
      ReadInputs(path);
      ReadOutput(path, OutputsFor(purpose));
    });
  }

  Output RunPadded(const PaddedBatch& batch, const RunSettings& settings) const override {
    std::vector<std::vector<std::int64_t>> buffers;
    std::vector<Ort::Value> inputs;
    buffers.reserve(input_names_.size());
    for (const char* name : input_names_) {
      buffers.push_back(name == kInputs[0] ? std::vector<std::int64_t>(batch.ids.begin(), batch.ids.end())
                        : name == kInputs[1]
                            ? Mask(batch)
                            : std::vector<std::int64_t>(batch.type_ids.begin(), batch.type_ids.end()));
      inputs.push_back(TensorOver(buffers.back(), batch.shape()));
    }
    Ort::Value output = RunOnce(session_, input_names_, inputs, output_name_, settings);
    const auto count = static_cast<std::size_t>(output.GetTensorTypeAndShapeInfo().GetElementCount());
    const std::size_t expected = batch.count * (pooled_ ? 1 : batch.length) * dimension_;
    if (count != expected) {
      Fail(ErrorCode::kModelUnsupported, "the model's output ", output_name_, " has ", count, " values for ",
           batch.count, " texts of ", batch.length, " tokens; expected ", expected);
    }
    const float* data = output.GetTensorData<float>();
    return {std::move(output), data};
  }

  std::size_t dimension() const override { return dimension_; }
  bool pools() const override { return pooled_; }
  std::size_t weight_bytes() const override { return weight_bytes_; }
  const std::string& architecture() const override { return kArchitecture; }

 private:
  static constexpr std::array<const char*, 3> kInputs = {"input_ids", "attention_mask", "token_type_ids"};

  struct KnownOutput {
    const char* name;
    bool pooled;  // one row a text
  };
  static constexpr KnownOutput kTokenOutputs[] = {{"last_hidden_state", false}, {"token_embeddings", false}};
  static constexpr KnownOutput kEmbeddingOutputs[] = {
      {"last_hidden_state", false}, {"token_embeddings", false}, {"sentence_embedding", true}};
  static constexpr KnownOutput kScoreOutputs[] = {{"logits", true}};
  static constexpr KnownOutput kSparseOutputs[] = {{"logits", false}};

  static std::span<const KnownOutput> OutputsFor(ModelPurpose purpose) {
    switch (purpose) {
      case ModelPurpose::kScores:
        return kScoreOutputs;
      case ModelPurpose::kSparse:
        return kSparseOutputs;
      case ModelPurpose::kTokens:
        return kTokenOutputs;
      default:
        return kEmbeddingOutputs;
    }
  }

  static std::vector<std::int64_t> Mask(const PaddedBatch& batch) {
    std::vector<std::int64_t> mask(batch.count * batch.length, 0);
    for (std::size_t i = 0; i < batch.count; ++i)
      std::fill_n(mask.data() + i * batch.length, batch.seen[i], 1);
    return mask;
  }

  void ReadInputs(const std::filesystem::path& path) {
    std::vector<std::string> unknown;
    for (const std::string& name : session_.GetInputNames()) {
      const auto known = std::find(kInputs.begin(), kInputs.end(), name);
      if (known == kInputs.end()) {
        unknown.push_back(name);
      } else {
        const auto index = static_cast<std::size_t>(input_names_.size());
        const auto info = session_.GetInputTypeInfo(index);
        if (!IsTensorOf(ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64, info)) {
          Fail(ErrorCode::kModelUnsupported, path, ": input ", name, " is not int64");
        }
        input_names_.push_back(*known);
      }
    }
    if (!unknown.empty()) {
      Fail(ErrorCode::kModelUnsupported, path, " has inputs that densenode does not know: ", Join(unknown),
           "; known are input_ids, attention_mask and token_type_ids");
    }
    if (std::find(input_names_.begin(), input_names_.end(), kInputs[0]) == input_names_.end()) {
      Fail(ErrorCode::kModelUnsupported, path, " has no input \"input_ids\"");
    }
  }

  void ReadOutput(const std::filesystem::path& path, std::span<const KnownOutput> wanted) {
    const std::vector<std::string> names = session_.GetOutputNames();
    std::vector<std::string> wanted_names;
    for (const auto& [name, pooled] : wanted) {
      wanted_names.emplace_back(name);
      const auto found = std::find(names.begin(), names.end(), name);
      if (found == names.end()) continue;
      const auto info = session_.GetOutputTypeInfo(static_cast<std::size_t>(found - names.begin()));
      const bool floats = IsTensorOf(ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, info);
      const auto shape = floats ? info.GetTensorTypeAndShapeInfo().GetShape() : std::vector<std::int64_t>();
      if (shape.size() != (pooled ? 2 : 3) || shape.back() <= 0) {
        Fail(ErrorCode::kModelUnsupported, path, ": output ", name, " must be fp32 ",
             pooled ? "[batch, dimension]" : "[batch, tokens, dimension]", " with a fixed dimension");
      }
      output_name_ = name;
      pooled_ = pooled;
      dimension_ = static_cast<std::size_t>(shape.back());
      return;
    }
    Fail(ErrorCode::kModelUnsupported, path, " has no output that is wanted here (", Join(wanted_names),
         "), but ", Join(names));
  }

  Ort::Session session_{nullptr};
  std::vector<const char*> input_names_;  // of kInputs, in the model's order
  const char* output_name_ = nullptr;     // of the known ones
  bool pooled_ = false;
  std::size_t dimension_ = 0;
  std::size_t weight_bytes_ = 0;
};

}  // namespace

std::unique_ptr<PaddedSession> OpenOnnxFile(const std::filesystem::path& path,
                                            const Ort::SessionOptions& options, ModelPurpose purpose) {
  return std::make_unique<OnnxFileSession>(path, options, purpose);
}

}  // namespace densenode
