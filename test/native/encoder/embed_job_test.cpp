// The life of a job: order, progress, cancellation, disposal, errors.
#include <atomic>
#include <thread>

#include "common/executor.h"
#include "encoder_test_support.h"

namespace densenode {
namespace {

std::shared_ptr<EmbeddingModel> Tiny() {
  return EmbeddingModel::Load(kFixtures / "models/tiny-bert-cls", {});
}

std::vector<std::string> ManyTexts(std::size_t count) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    std::string text = "text " + std::to_string(i);
    for (std::size_t j = 0; j < i % 17; ++j) text += " of the world";
    texts.push_back(text);
  }
  return texts;
}

TEST(EmbedJob, NoTextsEndAtOnce) { EXPECT_TRUE(Embed(*Tiny(), {}).empty()); }

TEST(EmbedJob, ReportsWrongRequestsThroughDone) {
  const auto model = Tiny();
  EmbeddingModel::EmbedRequest request;
  EXPECT_ERROR(EmbedAndWait(*model, request), "INVALID_ARGUMENT", "texts");
  request.texts = MakeTexts({"a"});
  EXPECT_ERROR(EmbedAndWait(*model, request), "INVALID_ARGUMENT", "out");
  float value = 0;
  request.device_out = &value;  // not looked at: the model is on the CPU
  EXPECT_ERROR(EmbedAndWait(*model, request), "INVALID_ARGUMENT", "CUDA device");
  request.out = &value;
  EXPECT_ERROR(EmbedAndWait(*model, request), "INVALID_ARGUMENT", "both");
  request.dimension = 33;
  EXPECT_ERROR(EmbedAndWait(*model, request), "INVALID_ARGUMENT",
               "dimension must be from 1 to the model's 32");
}

TEST(EmbedJob, ProgressRisesToTheEnd) {
  const auto model =
      LoadWith(kFixtures / "models/tiny-bert-cls", [](auto& options) { options.max_batch_tokens = 64; });
  std::vector<std::size_t> seen;
  std::atomic<int> inside{0};
  EmbeddingModel::EmbedRequest request;
  request.on_progress = [&](std::size_t finished) {
    EXPECT_EQ(inside.fetch_add(1), 0);
    seen.push_back(finished);
    inside.fetch_sub(1);
  };
  Embed(*model, ManyTexts(200), request);
  ASSERT_GT(seen.size(), 2u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(seen.back(), 200u);
}

TEST(EmbedJob, BudgetAndThreadsDoNotChangeResults) {
  const auto texts = ManyTexts(150);
  const auto expected = Embed(*Tiny(), texts);
  for (const std::size_t budget : {1, 16, 100, 100000}) {
    for (const std::size_t threads : {1, 2, 99}) {
      EmbeddingModel::LoadOptions options;
      options.max_batch_tokens = budget;
      options.threads = threads;
      const auto model = EmbeddingModel::Load(kFixtures / "models/tiny-bert-cls", options);
      EXPECT_LT(LargestDifference(Embed(*model, texts), expected), 1e-5) << budget << " " << threads;
    }
  }
}

TEST(EmbedJob, StopsWhenCancelled) {
  const auto model =
      LoadWith(kFixtures / "models/tiny-bert-cls", [](auto& options) { options.max_batch_tokens = 64; });
  EmbeddingModel::EmbedRequest request;
  request.cancellation = std::make_shared<Cancellation>();
  std::size_t last = 0;
  request.on_progress = [&, stop = request.cancellation](std::size_t finished) {
    last = finished;
    stop->Request();
  };
  EXPECT_ERROR(Embed(*model, ManyTexts(2000), request), "ABORTED", "aborted");
  EXPECT_LT(last, 2000u);

  request.on_progress = nullptr;  // requested before the start
  EXPECT_ERROR(Embed(*model, ManyTexts(5), request), "ABORTED", "aborted");
}

TEST(EmbedJob, KeepsTheModelThatWasLetGo) {
  const auto texts = ManyTexts(300);
  const auto expected = Embed(*Tiny(), texts);
  std::vector<float> out(expected.size());
  std::atomic<bool> done{false};
  std::exception_ptr failure;
  std::weak_ptr<EmbeddingModel> watched;
  {
    auto model = Tiny();
    watched = model;
    EmbeddingModel::EmbedRequest request;
    request.texts = MakeTexts(texts);
    request.out = out.data();
    model->Embed(std::move(request), [&](std::exception_ptr error) {
      failure = error;
      done = true;
    });
  }
  while (!done) std::this_thread::yield();
  EXPECT_FALSE(failure);
  EXPECT_LT(LargestDifference(out, expected), 1e-5);
  for (int i = 0; i < 10000 && !watched.expired(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_TRUE(watched.expired());
}

TEST(EmbedJob, ManyJobsAtOnce) {
  const auto model = Tiny();
  const auto texts = ManyTexts(64);
  const auto expected = Embed(*model, texts);
  std::vector<std::thread> callers;
  for (int i = 0; i < 5; ++i) {
    callers.emplace_back([&] {
      for (int round = 0; round < 10; ++round)
        EXPECT_LT(LargestDifference(Embed(*model, texts), expected), 1e-5);
    });
  }
  for (auto& caller : callers) caller.join();
}

}  // namespace
}  // namespace densenode
