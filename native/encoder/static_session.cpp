#include "encoder/static_session.h"

#include <algorithm>
#include <string>
#include <vector>

#include "common/error.h"
#include "encoder/folder/module_weights.h"
#include "encoder/safetensors.h"

namespace densenode {
namespace {

const std::string kArchitecture = "StaticEmbedding";
const std::string kOfSentenceTransformers = "embedding.weight";
const std::string kOfModel2vec = "embeddings";

// A table of rows x dimension values, whose rows model2vec may store as whole numbers (int8).
FloatTensor ReadTable(const Safetensors& file, const std::string& name) {
  const std::vector<std::int64_t>& shape = file.Shape(name);
  if (shape.size() != 2 || shape[0] < 1 || shape[1] < 1 ||
      shape[1] > static_cast<std::int64_t>(kMaxModuleDimension)) {
    Fail(ErrorCode::kModelInvalid, file.path(), ": tensor \"", name,
         "\" must be tokens x dimension, from 1 to ", kMaxModuleDimension);
  }
  if (!file.IsInteger(name)) return file.Float32(name, shape);
  auto values = std::make_shared<std::vector<float>>();
  for (const std::int64_t value : file.Integers(name, shape)) values->push_back(static_cast<float>(value));
  return {shape, *values, values};
}

class StaticSession : public EncoderSession {
 public:
  StaticSession(const Safetensors& file, std::optional<std::int32_t> left_out)
      : table_(ReadTable(file, file.Has(kOfModel2vec) ? kOfModel2vec : kOfSentenceTransformers)),
        dimension_(static_cast<std::size_t>(table_.shape[1])),
        left_out_(left_out) {
    const std::int64_t rows = table_.shape[0];
    tokens_ = static_cast<std::size_t>(rows);
    if (file.Has(kOfModel2vec) && file.Has("mapping")) {
      rows_of_ = file.Integers("mapping", file.Shape("mapping"));
      tokens_ = rows_of_.size();
      if (std::any_of(rows_of_.begin(), rows_of_.end(),
                      [&](std::int64_t row) { return row < 0 || row >= rows; })) {
        Fail(ErrorCode::kModelInvalid, file.path(), ": \"mapping\" names rows that \"", kOfModel2vec,
             "\" does not have: it has ", rows);
      }
    }
    if (file.Has(kOfModel2vec) && file.Has("weights"))
      factors_ = file.Float32("weights", {static_cast<std::int64_t>(tokens_)});
  }

  void Run(const TokenBatch& batch, const RunSettings& settings, const TakeVectors& take) const override {
    std::vector<float> mean(dimension_);
    const std::int32_t* ids = batch.ids.data();
    for (std::size_t text = 0; text < batch.count(); ++text) {
      if (settings.cancellation && text % 256 == 0) settings.cancellation->ThrowIfRequested();
      const auto length = static_cast<std::size_t>(batch.lengths[text]);
      Average({ids, length}, mean.data());
      take(text, mean.data(), 1);
      ids += length;
    }
  }

  std::size_t dimension() const override { return dimension_; }
  bool pools() const override { return true; }
  std::size_t weight_bytes() const override {
    return table_.values.size_bytes() + rows_of_.size() * sizeof(std::int64_t) + factors_.values.size_bytes();
  }
  const std::string& architecture() const override { return kArchitecture; }

 private:
  const float* Row(std::int32_t id) const {
    const auto token = static_cast<std::size_t>(id);
    if (id < 0 || token >= tokens_) {
      Fail(ErrorCode::kEngineFailed, "token id ", id, " is outside of the model's ", tokens_);
    }
    const std::size_t row = rows_of_.empty() ? token : static_cast<std::size_t>(rows_of_[token]);
    return table_.values.data() + row * dimension_;
  }

  void Average(std::span<const std::int32_t> ids, float* mean) const {
    std::fill_n(mean, dimension_, 0.0f);
    std::size_t count = 0;
    for (const std::int32_t id : ids) {
      if (id == left_out_) continue;
      const float* const row = Row(id);
      const float factor = factors_.values.empty() ? 1.0f : factors_.values[static_cast<std::size_t>(id)];
      for (std::size_t d = 0; d < dimension_; ++d) mean[d] += factor * row[d];
      ++count;
    }
    if (count == 0) return;
    const float scale = 1.0f / static_cast<float>(count);
    for (std::size_t d = 0; d < dimension_; ++d) mean[d] *= scale;
  }

  const FloatTensor table_;
  const std::size_t dimension_;
  const std::optional<std::int32_t> left_out_;
  std::size_t tokens_ = 0;             // ids below this have a vector
  std::vector<std::int64_t> rows_of_;  // the row of each token; empty where it is the token's id
  FloatTensor factors_;                // of each token; empty where all are 1
};

}  // namespace

std::unique_ptr<EncoderSession> OpenStaticSession(const std::filesystem::path& weights,
                                                  std::optional<std::int32_t> left_out) {
  return std::make_unique<StaticSession>(Safetensors::Open(weights), left_out);
}

}  // namespace densenode
