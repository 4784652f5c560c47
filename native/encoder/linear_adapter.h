// A linear map of query embeddings that brings them nearer to the documents they ask for; documents and their
// index stay as they are. native/training learns it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace densenode {

// Immutable, so any number of threads may use it at once.
class LinearAdapter {
 public:
  static constexpr std::size_t kMaxDimension = 8192;

  // `weight`: dimension x dimension values, row major; `bias`: dimension values, or none. `model` names what
  // made the embeddings, for people. Throws INVALID_ARGUMENT for other sizes, NaN and infinity.
  LinearAdapter(std::size_t dimension, std::vector<float> weight, std::vector<float> bias, std::string model);

  // Reads a .safetensors file with the tensors of torch.nn.Linear: "weight", and "bias" if it has one. Throws
  // FILE_CORRUPT, also where the checksum of Save does not match, MODEL_INVALID for other tensors or shapes,
  // MODEL_UNSUPPORTED for a later version, and as MappedFile::Open.
  static std::shared_ptr<LinearAdapter> Open(const std::filesystem::path& path);
  // The same file, with a checksum in its metadata; complete or not there. Throws FILE_WRITE_FAILED.
  void Save(const std::filesystem::path& path) const;

  // out = (weight * x + bias) / |weight * x + bias| for each row x, scaled to length 1 before. Rows of zeros,
  // the embeddings of texts without a token, stay zeros. `out` may be `embeddings`.
  void Apply(const float* embeddings, std::size_t count, float* out) const;

  std::size_t dimension() const { return dimension_; }
  const std::vector<float>& weight() const { return weight_; }
  const std::vector<float>& bias() const { return bias_; }  // empty for none
  const std::string& model() const { return model_; }       // may be empty

 private:
  std::size_t dimension_;
  std::vector<float> weight_;
  std::vector<float> bias_;
  std::string model_;
};

}  // namespace densenode
