#include "encoder/replicated_session.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "common/error.h"

namespace densenode {
namespace {

class ReplicatedSession : public EncoderSession, public DevicePooler {
 public:
  ReplicatedSession(std::vector<Replica> replicas, std::size_t batches_each) : batches_each_(batches_each) {
    for (Replica& replica : replicas) workers_.push_back({std::move(replica)});
  }

  void Run(const TokenBatch& batch, const RunSettings& settings, const TakeVectors& take) const override {
    OnReplica(batch, settings.cancellation,
              [&](const EncoderSession& session) { session.Run(batch, settings, take); });
  }

  void Embed(const TokenBatch& batch, const Settings& settings,
             const Destination& destination) const override {
    OnReplica(batch, settings.cancellation, [&](const EncoderSession& session) {
      session.device_pooler()->Embed(batch, settings, destination);
    });
  }

  void WriteZeros(std::size_t out_dimension, std::span<const std::uint32_t> rows,
                  float* device) const override {
    First().device_pooler()->WriteZeros(out_dimension, rows, device);
  }

  const DevicePooler* device_pooler() const override { return First().device_pooler() ? this : nullptr; }
  bool pools() const override { return First().pools(); }
  std::size_t dimension() const override { return First().dimension(); }
  const std::string& architecture() const override { return First().architecture(); }

  std::size_t weight_bytes() const override {
    std::size_t sum = 0;
    for (const Worker& worker : workers_) sum += worker.replica.session->weight_bytes();
    return sum;
  }

  Device device() const override {
    const auto device_of = [](const Worker& worker) {
      return worker.replica.session->device_pooler()->device();
    };
    const Device first = device_of(workers_.front());
    const bool shared = std::all_of(workers_.begin(), workers_.end(),
                                    [&](const Worker& worker) { return device_of(worker) == first; });
    return shared ? first : Device{};
  }

 private:
  struct Worker {
    Replica replica;
    std::size_t batches = 0;  // at work now, and the tokens of all of them
    std::size_t tokens = 0;
  };

  // Room in one replica for as long as a batch is at work there.
  struct Lease {
    Lease(const ReplicatedSession& of, std::size_t size) : owner(of), worker(of.Take(size)), tokens(size) {}
    ~Lease() {
      {
        const std::lock_guard lock(owner.mutex_);
        --worker.batches;
        worker.tokens -= tokens;
      }
      owner.room_.notify_one();
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    const ReplicatedSession& owner;
    Worker& worker;
    const std::size_t tokens;
  };

  template <typename Work>
  void OnReplica(const TokenBatch& batch, const Cancellation* cancellation, Work work) const {
    const Lease lease(*this, batch.ids.size());
    if (cancellation) cancellation->ThrowIfRequested();  // it may have waited for long
    const Replica& replica = lease.worker.replica;
    try {
      work(*replica.session);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kAborted) throw;
      Fail(error.code(), "on ", replica.where.name(), ": ", error.what());
    }
  }

  Worker& Take(std::size_t tokens) const {
    std::unique_lock lock(mutex_);
    Worker* taken = nullptr;
    room_.wait(lock, [&] { return (taken = LeastBusy()) != nullptr; });
    ++taken->batches;
    taken->tokens += tokens;
    return *taken;
  }

  // Of those that have room; nullptr where none has.
  Worker* LeastBusy() const {
    Worker* least = nullptr;
    for (Worker& worker : workers_) {
      if (batches_each_ > 0 && worker.batches >= batches_each_) continue;
      if (!least || worker.tokens < least->tokens) least = &worker;
    }
    return least;
  }

  const EncoderSession& First() const { return *workers_.front().replica.session; }

  const std::size_t batches_each_;
  mutable std::vector<Worker> workers_;  // `batches` and `tokens` are under the mutex
  mutable std::mutex mutex_;
  mutable std::condition_variable room_;
};

}  // namespace

std::unique_ptr<EncoderSession> ReplicateSession(std::vector<Replica> replicas, std::size_t batches_each) {
  return std::make_unique<ReplicatedSession>(std::move(replicas), batches_each);
}

}  // namespace densenode
