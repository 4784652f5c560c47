// Embeddings on a CUDA device against sentence-transformers and the CPU, in host and device memory.
#include <random>
#include <thread>

#include "../encoder/reference.h"
#include "cuda/device_memory.h"
#include "cuda/stream.h"

namespace densenode {
namespace {

const fs::path kTiny = kFixtures / "models/tiny-bert-cls";

TEST(CudaWithoutDevice, SaysWhatIsMissing) {
  if (!GetCudaSupport().devices.empty()) GTEST_SKIP() << "this machine has a device";
  for (const std::string device : {"cuda", "cuda:0", "cuda:7"}) {
    EXPECT_ERROR(LoadWith(kTiny, [&](auto& options) { options.devices = {device}; }), "DEVICE_UNAVAILABLE",
                 GetCudaSupport().problem);
  }
  const auto model = EmbeddingModel::Load(kTiny, {});  // "auto"
  EXPECT_EQ(model->devices(), std::vector<Device>{Device{}});
  EXPECT_NE(model->dtype(), "fp16");
}

class BertOnCuda : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (GetCudaSupport().devices.empty()) GTEST_SKIP() << GetCudaSupport().problem;
  }
  static std::shared_ptr<EmbeddingModel> Load(const fs::path& path, const std::string& dtype = GetParam(),
                                              std::size_t max_batch_tokens = 0) {
    return LoadWith(path, [&](auto& options) {
      options.devices = {"cuda"};
      options.dtype = dtype;
      options.max_batch_tokens = max_batch_tokens;
    });
  }
  static double LeastCosine() { return std::string(GetParam()) == "fp16" ? 0.999 : 0.9999; }
  static double Tolerance() { return std::string(GetParam()) == "fp16" ? 5e-3 : 1e-5; }
};

std::vector<std::string> RandomTexts(std::size_t count, std::size_t longest, std::mt19937* random) {
  std::vector<std::string> texts(count);
  for (std::string& text : texts) {
    for (std::size_t i = 0, words = (*random)() % longest; i < words; ++i)
      text += " word" + std::to_string((*random)() % 100);
  }
  return texts;
}

TEST_P(BertOnCuda, EqualsSentenceTransformers) {
  const auto model = Load(kMiniLm);
  EXPECT_EQ(model->output_device(), Device{GetCudaSupport().devices.front().ordinal});
  EXPECT_EQ(model->dtype(), GetParam());
  const Reference reference(kFixtures / "minilm");
  const ReferenceSet all = reference.Read("embeddings");
  ExpectLikeReference(all, Embed(*model, reference.Texts(all)), LeastCosine(), "embeddings");
}

TEST_P(BertOnCuda, TinyModelsOfEveryKind) {
  for (const char* name : {"tiny-bert-cls", "tiny-bert-mean", "tiny-bert-fp16", "tiny-bert-bf16",
                           "tiny-bert-current", "tiny-bert-dense"}) {
    const auto model = Load(kFixtures / "models" / name);
    const Reference reference(kFixtures / "models" / name / "reference");
    for (const auto& [set_name, unused] : reference.manifest()["sets"].items()) {
      const ReferenceSet set = reference.Read(set_name);
      EmbeddingModel::EmbedRequest request;
      if (set.settings.contains("prompt")) request.prompt = model->prompts().at(set.settings["prompt"]);
      ExpectLikeReference(set, Embed(*model, reference.Texts(set), request), LeastCosine(),
                          std::string(name) + "_" + set_name);
    }
  }
}

TEST_P(BertOnCuda, DoesNotDependOnWhatElseIsInTheBatch) {
  const unsigned seed = std::random_device{}();
  std::cout << "seed " << seed << std::endl;
  std::mt19937 random(seed);
  const auto texts = RandomTexts(300, 60, &random);
  const auto expected = Embed(*Load(kMiniLm), texts);
  for (const std::size_t budget : {1, 100, 1000, 100000}) {
    EXPECT_LT(LargestDifference(Embed(*Load(kMiniLm, GetParam(), budget), texts), expected), Tolerance())
        << budget;
  }
}

TEST_P(BertOnCuda, WritesDeviceMemoryInTheOrderOfTheTexts) {
  const auto model = Load(kMiniLm, GetParam(), 500);
  std::mt19937 random(3);
  const auto texts = RandomTexts(100, 40, &random);
  const DeviceScope scope(model->output_device().ordinal);
  for (const std::size_t dimension : {384, 100}) {
    EmbeddingModel::EmbedRequest request;
    request.dimension = dimension;
    const auto expected = Embed(*model, texts, request);
    const DeviceBuffer<float> out(texts.size() * dimension);
    request.texts = MakeTexts(texts);
    request.device_out = out.data();
    EmbedAndWait(*model, request);
    std::vector<float> got(expected.size());
    CheckCuda(cudaMemcpy(got.data(), out.data(), got.size() * sizeof(float), cudaMemcpyDeviceToHost),
              "fetching");
    EXPECT_LT(LargestDifference(got, expected), 1e-6);
  }
}

TEST_P(BertOnCuda, ManyJobsAtOnceOnManyModels) {
  const auto one = Load(kMiniLm), other = Load(kMiniLm);
  std::mt19937 random(4);
  const auto texts = RandomTexts(64, 30, &random);
  const auto expected = Embed(*one, texts);
  std::vector<std::thread> callers;
  for (int i = 0; i < 6; ++i) {
    callers.emplace_back([&, i] {
      for (int round = 0; round < 10; ++round) {
        const std::vector<std::string> some(texts.begin(), texts.begin() + 1 + (i * 10 + round));
        std::vector<float> part(expected.begin(),
                                expected.begin() + static_cast<std::ptrdiff_t>(some.size() * 384));
        EXPECT_LT(LargestDifference(Embed(i % 2 ? *one : *other, some), part), Tolerance());
      }
    });
  }
  for (auto& caller : callers) caller.join();
}

// Two on one device, so that one is enough for the test; where there are more, one on each too.
TEST_P(BertOnCuda, ReplicasEqualOneSession) {
  const auto one = Load(kMiniLm);
  std::mt19937 random(5);
  const auto texts = RandomTexts(600, 60, &random);
  const auto expected = Embed(*one, texts);
  std::vector<std::string> all;
  for (const CudaDevice& device : GetCudaSupport().devices) all.push_back(Device{device.ordinal}.name());
  std::vector<std::vector<std::string>> lists = {{all.front(), all.front()}};
  if (all.size() > 1) lists.push_back(all);
  for (const auto& devices : lists) {
    const auto model = LoadWith(kMiniLm, [&](auto& options) {
      options.devices = devices;
      options.dtype = GetParam();
      options.max_batch_tokens = 1'000;
    });
    ASSERT_EQ(model->devices().size(), devices.size());
    EXPECT_EQ(model->weight_bytes(), devices.size() * one->weight_bytes());
    std::vector<std::thread> callers;
    for (int i = 0; i < 3; ++i) {
      callers.emplace_back([&] {
        for (int round = 0; round < 5; ++round)
          EXPECT_LT(LargestDifference(Embed(*model, texts), expected), Tolerance());
      });
    }
    for (auto& caller : callers) caller.join();
    EXPECT_EQ(model->output_device().is_cuda(), devices == lists.front());
  }
}

// Memory of one device is what both replicas write to.
TEST_P(BertOnCuda, ReplicasOnOneDeviceWriteItsMemory) {
  const std::string name = Device{GetCudaSupport().devices.front().ordinal}.name();
  const auto model = LoadWith(kMiniLm, [&](auto& options) {
    options.devices = {name, name};
    options.dtype = GetParam();
    options.max_batch_tokens = 500;
  });
  std::mt19937 random(6);
  const auto texts = RandomTexts(200, 40, &random);
  const auto expected = Embed(*model, texts);
  const DeviceScope scope(model->output_device().ordinal);
  const DeviceBuffer<float> out(expected.size());
  EmbeddingModel::EmbedRequest request;
  request.texts = MakeTexts(texts);
  request.device_out = out.data();
  EmbedAndWait(*model, request);
  std::vector<float> got(expected.size());
  CheckCuda(cudaMemcpy(got.data(), out.data(), got.size() * sizeof(float), cudaMemcpyDeviceToHost),
            "fetching");
  EXPECT_LT(LargestDifference(got, expected), Tolerance());
}

INSTANTIATE_TEST_SUITE_P(Types, BertOnCuda, testing::Values("fp16", "fp32"),
                         [](const auto& info) { return std::string(info.param); });

TEST(DtypesOnCuda, AreNamed) {
  if (GetCudaSupport().devices.empty()) GTEST_SKIP() << GetCudaSupport().problem;
  const auto load = [](const std::string& dtype) {
    return LoadWith(kTiny, [&](auto& options) {
      options.devices = {"cuda"};
      options.dtype = dtype;
    });
  };
  EXPECT_EQ(load("auto")->dtype(), "fp16");
  EXPECT_ERROR(load("bf16"), "MODEL_UNSUPPORTED", "bf16");
  EXPECT_ERROR(load("int8"), "MODEL_UNSUPPORTED", "int8");
}

}  // namespace
}  // namespace densenode
