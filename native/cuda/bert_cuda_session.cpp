#include "cuda/bert_cuda_session.h"

#include <onnxruntime_run_options_config_keys.h>
#include <onnxruntime_session_options_config_keys.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "cuda/bert_cuda_batch.h"
#include "cuda/captured_work.h"
#include "cuda/device_memory.h"
#include "cuda/onnx_cuda_provider.h"
#include "cuda/pooling_kernel.h"
#include "cuda/stream.h"
#include "encoder/half.h"
#include "encoder/padded_session.h"

namespace densenode {
namespace {

// Batches that may be on their way at once: one computes while the next is packed and sent.
constexpr std::size_t kSlots = 2;

// Tokens of a lone short text are filled up to one of these, so that its work on the device is always the
// same and can be replayed. Measured on an H200, one text of 15 tokens through JavaScript and back: 1.2 ms
// instead of 2.9 with 24 layers of 1,024, 0.4 instead of 1.0 with 6 layers of 384.
constexpr std::array<std::size_t, 4> kReplayedTokens = {16, 32, 64, 128};

// What one batch needs for itself until it is complete.
struct Slot {
  BertCudaBatch batch;
  DeviceBuffer<std::int32_t> inputs;
  DeviceBuffer<std::byte> hidden;
  DeviceBuffer<float> pooled;
  PinnedBuffer<float> pooled_host;
  PinnedBuffer<std::byte> hidden_host;  // only where the host pools
  Event done;
};

// The recorded work of lone texts of one length, and the memory that it is bound to.
struct Replay {
  std::size_t tokens = 0;
  bool refused = false;  // could not be recorded: the work is started operator by operator
  DeviceBuffer<std::int32_t> inputs;
  DeviceBuffer<std::byte> hidden;
  CapturedWork work;
};

// The text and, after it, one of padding that takes the rest of `tokens`; the two do not see each other.
TokenBatch FillUp(TokenBatch batch, std::size_t tokens) {
  batch.lengths.push_back(static_cast<std::int32_t>(tokens - batch.ids.size()));
  batch.ids.resize(tokens, batch.pad_id);
  batch.type_ids.resize(tokens, 0);
  return batch;
}

// What lives on the device. All work goes to one stream, in the order in which threads come by: starting it
// is what they do one at a time; they pack before and wait after it beside each other.
class Engine {
 public:
  Engine(const TransformerSpec& spec, const Checkpoint& checkpoint, WeightType type, const Device& device)
      : embeddings_(spec.embeddings), hidden_(spec.hidden), type_(type), device_(device) {
    Ort::SessionOptions options = CpuSessionOptions(ORT_DISABLE_ALL);  // nothing is left to fuse
    AppendCudaProvider(device, stream_.get(), &options);
    // An operator that the provider does not take is an error, not a detour over the CPU.
    options.AddConfigEntry(kOrtSessionOptionsDisableCPUEPFallback, "1");
    session_ = CallOnnxRuntime("building the model's graph on the device", [&] {
      PackedGraph packed = BuildPackedGraph(spec, checkpoint, type, PackedAttentionNode);
      weight_bytes_ = packed.weight_bytes;
      return std::move(packed.graph).Build(options);
    });
    CheckCuda(cudaDeviceSynchronize(), "sending the weights to the device");
    run_options_.AddConfigEntry(kOrtRunOptionsConfigDisableSynchronizeExecutionProviders, "1");
    for (Slot& slot : slots_) free_.push_back(&slot);
    // Attention on heads of other sizes validates its inputs on the host, which cannot be recorded.
    if (spec.layers.front().attention.head_size % 8 != 0) return;
    for (const std::size_t tokens : kReplayedTokens) {
      if (tokens <= embeddings_.positions->most_tokens()) replays_.emplace_back().tokens = tokens;
    }
  }

  void Embed(const TokenBatch& batch, const DevicePooler::Settings& settings,
             const DevicePooler::Destination& destination) {
    Lease lease(*this);
    Slot& slot = lease.slot;
    const std::size_t values = destination.rows.size() * settings.out_dimension;
    if (destination.host) {
      slot.pooled.Grow(values);
      slot.pooled_host.Grow(values);
    }
    Work(batch, destination.rows, settings.cancellation, &slot,
         [&](const Started& started) { Pool(started, settings, destination, &slot); });
    if (!destination.host) return;
    for (std::size_t i = 0; i < destination.rows.size(); ++i) {
      std::copy_n(slot.pooled_host.data() + i * settings.out_dimension, settings.out_dimension,
                  destination.host + destination.rows[i] * settings.out_dimension);
    }
  }

  void Run(const TokenBatch& batch, const EncoderSession::RunSettings& settings,
           const EncoderSession::TakeVectors& take) {
    Lease lease(*this);
    Slot& slot = lease.slot;
    const std::size_t bytes = HiddenBytes(batch.ids.size());
    slot.hidden_host.Grow(bytes);
    Work(batch, {}, settings.cancellation, &slot, [&](const Started& started) {
      CheckCuda(cudaMemcpyAsync(slot.hidden_host.data(), started.hidden, bytes, cudaMemcpyDeviceToHost,
                                stream_.get()),
                "fetching token vectors from the device");
    });
    const std::byte* hidden = slot.hidden_host.data();
    std::vector<float> wide;
    for (std::size_t text = 0; text < batch.count(); ++text) {
      const auto rows = static_cast<std::size_t>(batch.lengths[text]);
      const auto* vectors = reinterpret_cast<const float*>(hidden);
      if (type_ == WeightType::kFloat16) {
        wide.resize(rows * hidden_);
        HalfToFloat(hidden, wide.size(), wide.data());
        vectors = wide.data();
      }
      take(text, vectors, rows);
      hidden += HiddenBytes(rows);
    }
  }

  void WriteZeros(std::size_t out_dimension, std::span<const std::uint32_t> rows, float* to) {
    for (const std::size_t row : rows) {
      CheckCuda(cudaMemsetAsync(to + row * out_dimension, 0, out_dimension * sizeof(float), stream_.get()),
                "writing zero vectors");
    }
    stream_.Synchronize();
  }

  std::size_t weight_bytes() const { return weight_bytes_; }

 private:
  // A slot for as long as a batch needs it; waits for one where all are taken.
  struct Lease {
    explicit Lease(Engine& engine) : owner(engine), slot(engine.TakeSlot()) {}
    ~Lease() {
      {
        const std::lock_guard lock(owner.slots_mutex_);
        owner.free_.push_back(&slot);
      }
      owner.slot_freed_.notify_one();
    }
    Engine& owner;
    Slot& slot;
  };

  Slot& TakeSlot() {
    std::unique_lock lock(slots_mutex_);
    slot_freed_.wait(lock, [this] { return !free_.empty(); });
    Slot* const slot = free_.back();
    free_.pop_back();
    return *slot;
  }

  Replay* FindReplay(const TokenBatch& batch) {
    if (batch.count() != 1) return nullptr;
    const auto fits = [&](const Replay& replay) { return batch.ids.size() <= replay.tokens; };
    const auto found = std::find_if(replays_.begin(), replays_.end(), fits);
    return found == replays_.end() ? nullptr : &*found;
  }

  std::size_t HiddenBytes(std::size_t tokens) const {
    return tokens * hidden_ * (type_ == WeightType::kFloat16 ? 2 : 4);
  }

  // Where the transformer that was started reads its inputs and leaves the last hidden states.
  struct Started {
    const std::int32_t* inputs;
    const std::byte* hidden;
  };

  // Starts the transformer and then what `start_rest` starts; returns when all of it is done.
  template <typename StartRest>
  void Work(const TokenBatch& batch, std::span<const std::uint32_t> rows, Cancellation* cancellation,
            Slot* slot, StartRest start_rest) {
    Replay* const replay = FindReplay(batch);
    if (replay) {
      slot->batch.Pack(FillUp(batch, replay->tokens), replay->tokens, rows, embeddings_);
    } else {
      slot->batch.Pack(batch, batch.longest(), rows, embeddings_);
      slot->inputs.Grow(slot->batch.size());
      slot->hidden.Grow(HiddenBytes(slot->batch.tokens()));
    }
    if (cancellation) cancellation->ThrowIfRequested();
    try {
      {
        const std::lock_guard lock(start_mutex_);
        start_rest(Start(slot, replay));
        slot->done.Record(stream_.get());
      }
      slot->done.Wait();
    } catch (...) {
      cudaStreamSynchronize(stream_.get());  // nothing that was started may use the slot any more
      throw;
    }
  }

  Started Start(Slot* slot, Replay* replay) {
    const BertCudaBatch& batch = slot->batch;
    if (replay) {
      replay->inputs.Reserve(batch.size());
      replay->hidden.Reserve(HiddenBytes(batch.tokens()));
    }
    std::int32_t* const inputs = replay ? replay->inputs.data() : slot->inputs.data();
    std::byte* const hidden = replay ? replay->hidden.data() : slot->hidden.data();
    batch.Send(inputs, stream_.get());
    if (replay) {
      // Not recorded yet, the work is done in any case: engines allocate what they need when they first run.
      if (!replay->work) RunGraph(batch, inputs, hidden);
      if (!replay->work && !replay->refused) {
        try {
          replay->work = CapturedWork::Record(stream_.get(), [&] { RunGraph(batch, inputs, hidden); });
        } catch (const Error&) {
          replay->refused = true;
        }
      } else if (replay->work) {
        replay->work.Launch(stream_.get());
      }
    } else {
      RunGraph(batch, inputs, hidden);
    }
    return {inputs, hidden};
  }

  void Pool(const Started& started, const DevicePooler::Settings& settings,
            const DevicePooler::Destination& destination, Slot* slot) {
    const BertCudaBatch& batch = slot->batch;
    PoolingWork work;
    work.hidden = started.hidden;
    work.type = type_ == WeightType::kFloat16 ? HiddenType::kFloat16 : HiddenType::kFloat32;
    work.dimension = hidden_;
    work.cumulative = started.inputs + batch.begin(BertCudaBatch::kCumulative);
    work.texts = destination.rows.size();
    work.mode = settings.mode;
    work.out_dimension = settings.out_dimension;
    work.normalize = settings.normalize;
    if (destination.device) {
      work.out = destination.device;
      work.rows = reinterpret_cast<const std::uint32_t*>(started.inputs + batch.begin(BertCudaBatch::kRows));
    } else {
      work.out = slot->pooled.data();
    }
    StartPooling(work, stream_.get());
    if (destination.host) {
      CheckCuda(cudaMemcpyAsync(slot->pooled_host.data(), slot->pooled.data(),
                                work.texts * work.out_dimension * sizeof(float), cudaMemcpyDeviceToHost,
                                stream_.get()),
                "fetching embeddings from the device");
    }
  }

  // Starts the transformer on inputs and output of the device.
  void RunGraph(const BertCudaBatch& batch, std::int32_t* inputs, std::byte* hidden) {
    CallOnnxRuntime("running the model", [&] {
      const Ort::MemoryInfo memory("Cuda", OrtDeviceAllocator, device_.ordinal, OrtMemTypeDefault);
      Ort::IoBinding binding(session_);
      const auto bind = [&](const char* name, BertCudaBatch::Part part, std::vector<std::int64_t> shape) {
        std::size_t count = 1;
        for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
        binding.BindInput(name, Ort::Value::CreateTensor<std::int32_t>(memory, inputs + batch.begin(part),
                                                                       count, shape.data(), shape.size()));
      };
      const auto tokens = static_cast<std::int64_t>(batch.tokens());
      const auto texts = static_cast<std::int64_t>(batch.texts());
      const auto longest = static_cast<std::int64_t>(batch.longest());
      bind(packed::kIds, BertCudaBatch::kIds, {tokens});
      if (embeddings_.types) bind(packed::kTypeIds, BertCudaBatch::kTypeIds, {tokens});
      bind(packed::kPositions, BertCudaBatch::kPositions, {tokens});
      bind(packed::kTokenOffset, BertCudaBatch::kTokenOffset, {texts, longest});
      bind(packed::kCumulative, BertCudaBatch::kCumulative, {texts + 1});
      const std::array<std::int64_t, 2> shape = {tokens, static_cast<std::int64_t>(hidden_)};
      const auto type = type_ == WeightType::kFloat16 ? ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16
                                                      : ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
      binding.BindOutput(packed::kHidden,
                         Ort::Value::CreateTensor(memory, hidden, HiddenBytes(batch.tokens()), shape.data(),
                                                  shape.size(), type));
      session_.Run(run_options_, binding);
    });
  }

  const EmbeddingSpec embeddings_;
  const std::size_t hidden_;
  const WeightType type_;
  const Device device_;
  Stream stream_;
  Ort::RunOptions run_options_;
  Ort::Session session_{nullptr};
  std::size_t weight_bytes_ = 0;

  std::mutex start_mutex_;
  std::vector<Replay> replays_;  // shortest first; each is made when it is first needed

  std::mutex slots_mutex_;
  std::condition_variable slot_freed_;
  std::array<Slot, kSlots> slots_;
  std::vector<Slot*> free_;
};

class CudaSession : public EncoderSession, public DevicePooler {
 public:
  CudaSession(const TransformerSpec& spec, const Checkpoint& checkpoint, WeightType type,
              const Device& device)
      : architecture_(spec.architecture), device_(device), dimension_(spec.hidden) {
    OnnxRuntime::Get();
    const DeviceScope scope(device.ordinal);
    engine_ = std::make_unique<Engine>(spec, checkpoint, type, device);
    WarmUp();
  }

  ~CudaSession() override {
    try {
      const DeviceScope scope(device_.ordinal);
      engine_.reset();
    } catch (const Error&) {  // the device has failed; members let go of what is left
    }
  }

  void Run(const TokenBatch& batch, const RunSettings& settings, const TakeVectors& take) const override {
    const DeviceScope scope(device_.ordinal);
    engine_->Run(batch, settings, take);
  }

  void Embed(const TokenBatch& batch, const Settings& settings,
             const Destination& destination) const override {
    const DeviceScope scope(device_.ordinal);
    engine_->Embed(batch, settings, destination);
  }

  void WriteZeros(std::size_t out_dimension, std::span<const std::uint32_t> rows,
                  float* device) const override {
    const DeviceScope scope(device_.ordinal);
    engine_->WriteZeros(out_dimension, rows, device);
  }

  std::size_t dimension() const override { return dimension_; }
  std::size_t weight_bytes() const override { return engine_->weight_bytes(); }
  const std::string& architecture() const override { return architecture_; }
  const DevicePooler* device_pooler() const override { return this; }
  Device device() const override { return device_; }

 private:
  // CUDA loads a kernel when it first runs: here and not in the first call. Every operator has run
  // afterwards, so a device that lacks one shows at load.
  void WarmUp() const {
    std::vector<float> out(dimension_);
    const std::uint32_t row = 0;
    Embed({.ids = {0}, .type_ids = {0}, .lengths = {1}}, {.out_dimension = dimension_},
          {.host = out.data(), .rows = {&row, 1}});
  }

  const std::string architecture_;
  const Device device_;
  const std::size_t dimension_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace

std::unique_ptr<EncoderSession> OpenCudaSession(const TransformerSpec& spec, const Checkpoint& checkpoint,
                                                WeightType type, const Device& device) {
  return std::make_unique<CudaSession>(spec, checkpoint, type, device);
}

}  // namespace densenode
