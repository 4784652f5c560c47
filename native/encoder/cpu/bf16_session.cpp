#include "encoder/cpu/bf16_session.h"

#include <string>

#include "encoder/cpu/transformer_encoder.h"

namespace densenode {
namespace {

class Bf16Session : public EncoderSession {
 public:
  Bf16Session(const TransformerSpec& spec, const Checkpoint& checkpoint, const cpu::ProductKernel& kernel)
      : architecture_(spec.architecture), kernel_(kernel), encoder_(spec, checkpoint) {}

  void Run(const TokenBatch& batch, const RunSettings& settings, const TakeVectors& take) const override {
    const cpu::WorkspacePool::Lease workspace(workspaces_, settings.release_memory);
    encoder_.Run(kernel_, batch, settings.cancellation, workspace.get());
    const float* hidden = workspace->x.data();
    for (std::size_t i = 0; i < batch.count(); ++i) {
      const auto length = static_cast<std::size_t>(batch.lengths[i]);
      take(i, hidden, length);
      hidden += length * dimension();
    }
  }

  std::size_t Narrow(const TokenBatch& sample) override {
    return cpu::MultipliesBytes(kernel_) ? encoder_.Narrow(kernel_, sample) : 0;
  }
  void SetNarrow(std::size_t layer, bool narrow) override { encoder_.SetNarrow(layer, narrow); }
  void Settle() override { encoder_.Settle(); }

  std::size_t dimension() const override { return encoder_.hidden(); }
  std::size_t weight_bytes() const override { return encoder_.bytes(); }
  const std::string& architecture() const override { return architecture_; }

 private:
  const std::string architecture_;
  const cpu::ProductKernel& kernel_;
  cpu::TransformerEncoder encoder_;
  mutable cpu::WorkspacePool workspaces_;
};

}  // namespace

std::unique_ptr<EncoderSession> OpenBf16Session(const TransformerSpec& spec, const Checkpoint& checkpoint,
                                                const cpu::ProductKernel& kernel) {
  return std::make_unique<Bf16Session>(spec, checkpoint, kernel);
}

}  // namespace densenode
