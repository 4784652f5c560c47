// Replicas as one session: who gets a batch, and that nobody outside can tell.
#include "encoder/replicated_session.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <thread>

#include "common/executor.h"
#include "encoder/embed_job.h"
#include "encoder_test_support.h"

namespace densenode {
namespace {

const std::string kArchitecture = "fake";

TokenBatch BatchOf(std::size_t tokens) {
  return {.ids = std::vector<std::int32_t>(tokens),
          .type_ids = std::vector<std::int32_t>(tokens),
          .lengths = {static_cast<std::int32_t>(tokens)}};
}

// A session that does what the test says, and counts.
class FakeSession : public EncoderSession, public DevicePooler {
 public:
  explicit FakeSession(std::function<void(const TokenBatch&)> work = {}, Device device = {})
      : work_(std::move(work)), device_(device) {}
  void Run(const TokenBatch& batch, const RunSettings&, const TakeVectors& take) const override {
    const int now = inside.fetch_add(1) + 1;
    for (int seen = most.load(); seen < now && !most.compare_exchange_weak(seen, now);) {
    }
    ++calls;
    try {
      if (work_) work_(batch);
    } catch (...) {
      --inside;
      throw;
    }
    std::size_t begin = 0;
    for (std::size_t i = 0; i < batch.count(); ++i) {
      const auto length = static_cast<std::size_t>(batch.lengths[i]);
      std::vector<float> vectors;  // what no other text gives
      for (std::size_t t = 0; t < length; ++t) {
        for (std::size_t j = 0; j < dimension(); ++j)
          vectors.push_back(
              static_cast<float>((j + t + 1) * static_cast<std::size_t>(batch.ids[begin + t]) % 1009));
      }
      take(i, vectors.data(), length);
      begin += length;
    }
    --inside;
  }
  void Embed(const TokenBatch&, const Settings&, const Destination& destination) const override {
    ++calls;
    pooled += static_cast<int>(destination.rows.size());
  }
  void WriteZeros(std::size_t, std::span<const std::uint32_t> rows, float*) const override {
    zeros += static_cast<int>(rows.size());
  }
  std::size_t dimension() const override { return 4; }
  std::size_t weight_bytes() const override { return 100; }
  const std::string& architecture() const override { return kArchitecture; }
  const DevicePooler* device_pooler() const override { return device_.is_cuda() ? this : nullptr; }
  Device device() const override { return device_; }

  mutable std::atomic<int> calls{0};
  mutable std::atomic<int> inside{0};
  mutable std::atomic<int> most{0};  // at once
  mutable std::atomic<int> pooled{0};
  mutable std::atomic<int> zeros{0};

 private:
  const std::function<void(const TokenBatch&)> work_;
  const Device device_;
};

// Sessions behind one, still to be looked at.
class Replicas {
 public:
  FakeSession& Add(std::function<void(const TokenBatch&)> work = {}, Device device = {}) {
    auto session = std::make_unique<FakeSession>(std::move(work), device);
    FakeSession& kept = *session;
    replicas_.push_back({Device{static_cast<int>(replicas_.size())}, std::move(session)});
    return kept;
  }
  std::unique_ptr<EncoderSession> Join(std::size_t batches_each) {
    return ReplicateSession(std::move(replicas_), batches_each);
  }

 private:
  std::vector<Replica> replicas_;
};

void EmbedOne(const EncoderSession& session, std::size_t tokens, Cancellation* cancellation = nullptr) {
  session.Run(BatchOf(tokens), {.cancellation = cancellation},
              [&](std::size_t, const float*, std::size_t rows) { EXPECT_EQ(rows, tokens); });
}

// Waits for what another thread does; the test fails instead of hanging.
template <typename Condition>
void WaitUntil(Condition condition) {
  for (int i = 0; i < 20'000; ++i) {
    if (condition()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  FAIL() << "waited for 20 s";
}

TEST(ReplicatedSession, SumsItsReplicas) {
  Replicas replicas;
  for (int i = 0; i < 3; ++i) replicas.Add();
  const auto session = replicas.Join(0);
  EXPECT_EQ(session->weight_bytes(), 300u);
  EXPECT_EQ(session->dimension(), 4u);
  EXPECT_EQ(session->architecture(), "fake");
}

TEST(ReplicatedSession, HasDeviceMemoryOnlyWhereAllReplicasShareIt) {
  const auto device_of = [](std::vector<Device> devices) {
    Replicas replicas;
    for (const Device& device : devices) replicas.Add({}, device);
    return replicas.Join(2)->device_pooler()->device();
  };
  EXPECT_EQ(device_of({{1}, {1}}), Device{1});
  EXPECT_EQ(device_of({{0}, {1}}), Device{});
}

TEST(ReplicatedSession, PoolsOnDevicesWhereReplicasDo) {
  Replicas replicas;
  FakeSession& one = replicas.Add({}, {0});
  FakeSession& other = replicas.Add({}, {1});
  const auto session = replicas.Join(2);
  ASSERT_NE(session->device_pooler(), nullptr);
  const std::array<std::uint32_t, 2> rows = {0, 1};
  session->device_pooler()->Embed(BatchOf(3), {}, {.rows = rows});
  session->device_pooler()->WriteZeros(4, rows, nullptr);
  EXPECT_EQ(one.pooled + other.pooled, 2);
  EXPECT_EQ(one.zeros + other.zeros, 2);

  Replicas on_host;
  on_host.Add();
  EXPECT_EQ(on_host.Join(0)->device_pooler(), nullptr);
}

TEST(ReplicatedSession, BatchesAtOnceAreSpreadOverAllReplicas) {
  std::atomic<int> there{0};
  const auto meet = [&](const TokenBatch&) {
    ++there;
    WaitUntil([&] { return there == 4; });
  };
  Replicas replicas;
  std::vector<FakeSession*> sessions;
  for (int i = 0; i < 4; ++i) sessions.push_back(&replicas.Add(meet));
  const auto session = replicas.Join(2);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { EmbedOne(*session, 10); });
  for (auto& thread : threads) thread.join();
  for (const FakeSession* one : sessions) EXPECT_EQ(one->calls, 1);
}

TEST(ReplicatedSession, FewestTokensAtWorkComesFirst) {
  std::atomic<bool> go{false};
  const auto stay = [&](const TokenBatch&) { WaitUntil([&] { return go.load(); }); };
  Replicas replicas;
  const FakeSession& first = replicas.Add(stay);
  const FakeSession& second = replicas.Add(stay);
  const auto session = replicas.Join(0);
  std::vector<std::thread> threads;
  const auto start = [&](std::size_t tokens) {
    const int before = first.inside + second.inside;
    threads.emplace_back([&, tokens] { EmbedOne(*session, tokens); });
    WaitUntil([&] { return first.inside + second.inside == before + 1; });
  };
  start(100);  // to the first
  for (const std::size_t tokens : {30, 30, 30}) start(tokens);
  EXPECT_EQ(first.inside, 1);
  EXPECT_EQ(second.inside, 3);
  start(20);  // 90 there against 100
  start(1);   // 110 against 100
  EXPECT_EQ(first.inside, 2);
  EXPECT_EQ(second.inside, 4);
  go = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(first.inside + second.inside, 0);
}

TEST(ReplicatedSession, AReplicaThatIsBusyDoesNotHoldBatchesBack) {
  std::atomic<bool> go{false};
  Replicas replicas;
  const FakeSession& slow = replicas.Add([&](const TokenBatch&) { WaitUntil([&] { return go.load(); }); });
  const FakeSession& fast = replicas.Add();
  const auto session = replicas.Join(1);
  std::thread stuck([&] { EmbedOne(*session, 1); });
  WaitUntil([&] { return slow.inside == 1; });
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) EmbedOne(*session, 1'000);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(slow.calls, 1);
  EXPECT_EQ(fast.calls, 200);
  EXPECT_EQ(fast.most, 1);  // never more than batches_each
  go = true;
  stuck.join();
}

TEST(ReplicatedSession, ErrorsNameTheDeviceAndLeaveRoom) {
  Replicas replicas;
  replicas.Add([](const TokenBatch&) { Fail(ErrorCode::kOutOfMemory, "no memory left"); });
  const auto session = replicas.Join(1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_ERROR(EmbedOne(*session, 5), "OUT_OF_MEMORY", "on cuda:0: no memory left");
  }
}

TEST(ReplicatedSession, ABatchThatWaitedIsNotStartedAfterCancellation) {
  std::atomic<bool> go{false};
  Replicas replicas;
  const FakeSession& only = replicas.Add([&](const TokenBatch&) { WaitUntil([&] { return go.load(); }); });
  const auto session = replicas.Join(1);
  std::thread stuck([&] { EmbedOne(*session, 1); });
  WaitUntil([&] { return only.inside == 1; });
  Cancellation cancellation;
  std::thread waiting([&] { EXPECT_ERROR(EmbedOne(*session, 1, &cancellation), "ABORTED", "aborted"); });
  cancellation.Request();
  go = true;
  stuck.join();
  waiting.join();
  EXPECT_EQ(only.calls, 1);
}

// A job over fakes: their embeddings tell every text from every other.
std::vector<float> EmbedWith(std::unique_ptr<EncoderSession> session, std::size_t in_flight,
                             const std::vector<std::string>& texts) {
  auto pipeline = std::make_shared<EmbeddingPipeline>();
  pipeline->tokenizer = Tokenizer::Load(kFixtures / "models/tiny-bert-cls");
  pipeline->modules = std::make_unique<ModuleChain>(ModuleFolders{}, Pooling{}, session->dimension());
  pipeline->dimension = session->dimension();
  pipeline->session = std::move(session);
  pipeline->max_tokens = 64;
  pipeline->batches_in_flight = in_flight;
  pipeline->batch_limits = {
      .max_tokens = 100, .padding_factor = 4, .max_texts = 100, .min_batches = 1, .min_tokens = 50};
  std::vector<float> out(texts.size() * 4, -1);
  EmbeddingModel::EmbedRequest request;
  request.texts = MakeTexts(texts);
  request.out = out.data();
  std::atomic<bool> done{false};
  std::exception_ptr failure;
  StartEmbedJob(std::move(pipeline), std::move(request), [&](std::exception_ptr error) {
    failure = error;
    done = true;
  });
  WaitUntil([&] { return done.load(); });
  if (failure) std::rethrow_exception(failure);
  return out;
}

std::vector<std::string> ManyTexts(std::size_t count) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    texts.push_back("text " + std::to_string(i));
    for (std::size_t j = 0; j < i % 13; ++j) texts.back() += " of the world";
  }
  return texts;
}

TEST(ReplicatedJob, ResultsAreInOrderWhicheverReplicaIsSlow) {
  const auto texts = ManyTexts(1'000);
  const auto expected = EmbedWith(std::make_unique<FakeSession>(), 2, texts);
  Replicas replicas;
  for (int i = 0; i < 3; ++i) {
    replicas.Add([i](const TokenBatch&) { std::this_thread::sleep_for(std::chrono::microseconds(300 * i)); });
  }
  EXPECT_EQ(EmbedWith(replicas.Join(2), 6, texts), expected);
}

TEST(ReplicatedJob, OneReplicasErrorIsTheJobs) {
  Replicas replicas;
  std::atomic<bool> failed{false};
  // The others wait, so that the last one surely gets a batch where the pool has a thread for it.
  const auto wait = [&](const TokenBatch&) {
    if (Executor::Get().threads() > 1) WaitUntil([&] { return failed.load(); });
  };
  const auto fail = [&](const TokenBatch&) {
    failed = true;
    Fail(ErrorCode::kEngineFailed, "the device is lost");
  };
  if (Executor::Get().threads() > 1) replicas.Add(wait);
  replicas.Add(fail);
  EXPECT_ERROR(EmbedWith(replicas.Join(1), 2, ManyTexts(500)), "ENGINE_FAILED", "the device is lost");
}

// Real sessions on the CPU.
const fs::path kTiny = kFixtures / "models/tiny-bert-cls";

std::shared_ptr<EmbeddingModel> TinyOn(std::vector<std::string> devices) {
  return LoadWith(kTiny, [&](auto& options) {
    options.devices = std::move(devices);
    options.max_batch_tokens = 64;
  });
}

TEST(ReplicatedModel, EqualsOneSession) {
  const auto one = TinyOn({"cpu"}), three = TinyOn({"cpu", "cpu", "cpu"});
  EXPECT_EQ(three->devices(), std::vector<Device>(3));
  EXPECT_EQ(three->output_device(), Device{});
  EXPECT_EQ(three->weight_bytes(), 3 * one->weight_bytes());
  EXPECT_EQ(three->dtype(), one->dtype());
  EXPECT_EQ(three->architecture(), "BertModel");
  auto texts = ManyTexts(300);
  texts.insert(texts.begin() + 100, "");
  EXPECT_LT(LargestDifference(Embed(*three, texts), Embed(*one, texts)), 1e-6);
  EXPECT_TRUE(Embed(*three, {}).empty());
}

TEST(ReplicatedModel, FilesOfOnnxToo) {
  SpoiltModel folder("tiny-bert-mean");
  fs::remove(folder.path() / "model.safetensors");
  fs::copy(kData / "tokens.onnx", folder.path() / "model.onnx");
  const auto load = [&](std::vector<std::string> devices) {
    return LoadWith(folder.path(), [&](auto& options) { options.devices = std::move(devices); });
  };
  const auto texts = ManyTexts(50);
  EXPECT_LT(LargestDifference(Embed(*load({"cpu", "cpu"}), texts), Embed(*load({"cpu"}), texts)), 1e-6);
}

TEST(ReplicatedModel, StopsWhenCancelled) {
  const auto model = TinyOn({"cpu", "cpu"});
  EmbeddingModel::EmbedRequest request;
  request.cancellation = std::make_shared<Cancellation>();
  request.on_progress = [stop = request.cancellation](std::size_t) { stop->Request(); };
  EXPECT_ERROR(Embed(*model, ManyTexts(2'000), request), "ABORTED", "aborted");
  EXPECT_EQ(Embed(*model, {"goes on"}).size(), model->dimension());
}

TEST(ReplicatedModel, LivesUntilItsJobsEnd) {
  const auto texts = ManyTexts(300);
  const auto expected = Embed(*TinyOn({"cpu"}), texts);
  std::vector<float> out(expected.size());
  std::atomic<bool> done{false};
  std::weak_ptr<EmbeddingModel> watched;
  {
    const auto model = TinyOn({"cpu", "cpu"});
    watched = model;
    EmbeddingModel::EmbedRequest request;
    request.texts = MakeTexts(texts);
    request.out = out.data();
    model->Embed(std::move(request), [&](std::exception_ptr error) {
      EXPECT_FALSE(error);
      done = true;
    });
  }
  WaitUntil([&] { return done.load(); });
  EXPECT_LT(LargestDifference(out, expected), 1e-6);
  WaitUntil([&] { return watched.expired(); });
}

TEST(ReplicatedModel, RefusesWrongLists) {
  EXPECT_ERROR(TinyOn({}), "INVALID_ARGUMENT", "at least one");
  EXPECT_ERROR(TinyOn({"cpu", "tpu"}), "INVALID_ARGUMENT", "tpu");
  if (GetCudaSupport().devices.empty()) {
    EXPECT_ERROR(TinyOn({"cuda:0", "cuda:1"}), "DEVICE_UNAVAILABLE", "\"cuda:0\"");
  } else {
    EXPECT_ERROR(TinyOn({"cpu", "cuda"}), "INVALID_ARGUMENT", "on cpu and on cuda:0");
  }
}

}  // namespace
}  // namespace densenode
