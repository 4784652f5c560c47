// Shared by the encoder's tests: fixtures, folders that may be spoilt, and Embed() that waits.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "../test_support.h"
#include "common/cpu_features.h"
#include "common/json.h"
#include "encoder/architecture/families.h"
#include "encoder/checkpoint.h"
#include "encoder/embedding_model.h"

namespace densenode {

// Of this binary on this CPU: that for AVX2 has none anywhere.
inline bool HasBf16() {
#ifdef __AVX512F__
  return GetCpuFeatures().amx_bf16 || GetCpuFeatures().avx512_bf16;
#else
  return false;
#endif
}

inline bool HasInt8Bf16() {
  const CpuFeatures& cpu = GetCpuFeatures();
  return HasBf16() && (cpu.amx_bf16 ? cpu.amx_int8 : cpu.avx512_vnni);
}

namespace fs = std::filesystem;

inline const fs::path kFixtures = fs::path(DENSENODE_SOURCE_DIR) / "test/fixtures";
inline const fs::path kData = fs::path(DENSENODE_SOURCE_DIR) / "test/native/encoder/data";
inline const fs::path kMiniLm = fs::path(DENSENODE_THIRD_PARTY) / "models/all-MiniLM-L6-v2";

// The test program is no addon: the library is not beside it.
inline const bool kLibraryNamed =
    setenv("DENSENODE_ONNXRUNTIME_LIBRARY", DENSENODE_ONNXRUNTIME_LIBRARY, 0) == 0;

using test::ErrorOf;
using test::TemporaryFolder;

// A copy of a tiny model whose files a test may spoil.
class SpoiltModel : public TemporaryFolder {
 public:
  explicit SpoiltModel(const std::string& name = "tiny-bert-cls") {
    fs::copy(kFixtures / "models" / name, path(),
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  }
  void Write(const std::string& file, const std::string& text) const { std::ofstream(path() / file) << text; }
  void Edit(const std::string& file, const std::function<void(Json&)>& change) const {
    Json json = ReadJsonFile(path() / file, ErrorCode::kModelInvalid);
    change(json);
    Write(file, json.dump());
  }
};

// What a folder holds of its transformer.
struct Transformer {
  explicit Transformer(const fs::path& folder)
      : spec(ParseTransformer(ReadJsonFile(folder / "config.json", ErrorCode::kModelInvalid),
                              folder / "config.json")),
        checkpoint(Checkpoint::Open(folder / "model.safetensors")) {}
  TransformerSpec spec;
  Checkpoint checkpoint;
};

inline std::shared_ptr<TextList> MakeTexts(const std::vector<std::string>& texts) {
  auto list = std::make_shared<TextList>();
  for (const std::string& text : texts) list->Append(text);
  return list;
}

// Loads with options that `change` sets: LoadWith(path, [](auto& options) { options.threads = 1; }).
template <typename Change>
std::shared_ptr<EmbeddingModel> LoadWith(const fs::path& path, Change change) {
  EmbeddingModel::LoadOptions options;
  change(options);
  return EmbeddingModel::Load(path, options);
}

// Starts a job and waits for its end.
inline void EmbedAndWait(EmbeddingModel& model, EmbeddingModel::EmbedRequest request) {
  std::mutex mutex;
  std::condition_variable ended;
  bool done = false;
  std::exception_ptr result;
  model.Embed(std::move(request), [&](std::exception_ptr error) {
    std::lock_guard lock(mutex);
    result = error;
    done = true;
    ended.notify_one();
  });
  std::unique_lock lock(mutex);
  ended.wait(lock, [&] { return done; });
  if (result) std::rethrow_exception(result);
}

inline std::vector<float> Embed(EmbeddingModel& model, const std::vector<std::string>& texts,
                                EmbeddingModel::EmbedRequest request = {}) {
  const std::size_t dimension = request.dimension ? request.dimension : model.dimension();
  std::vector<float> out(texts.size() * std::min(dimension, model.dimension()));
  request.texts = MakeTexts(texts);
  request.out = out.data();
  EmbedAndWait(model, std::move(request));
  return out;
}

inline double Cosine(const float* a, const float* b, std::size_t count) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < count; ++i) {
    ab += static_cast<double>(a[i]) * b[i];
    aa += static_cast<double>(a[i]) * a[i];
    bb += static_cast<double>(b[i]) * b[i];
  }
  return ab / std::sqrt(aa * bb);
}

inline double LargestDifference(const std::vector<float>& a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  double most = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    most = std::max(most, std::abs(double{a[i]} - b[i]));
  return most;
}

}  // namespace densenode
