#include "encoder/cpu/bert_bf16_session.h"

#include <algorithm>
#include <string>

#include "encoder/cpu/bert_encoder.h"

namespace densenode {
namespace {

const std::string kArchitecture = "BertModel";

class BertBf16Session : public EncoderSession {
 public:
  BertBf16Session(const BertConfig& config, const Safetensors& weights, const cpu::ProductKernel& kernel)
      : kernel_(kernel), encoder_(config, weights) {}

  void Embed(const TokenBatch& batch, const RunSettings& settings,
             const Destination& destination) const override {
    const cpu::WorkspacePool::Lease workspace(workspaces_, settings.release_memory);
    encoder_.Run(kernel_, batch, settings.cancellation, workspace.get());
    const float* hidden = workspace->x.data();
    for (std::size_t i = 0; i < batch.count(); ++i) {
      const auto length = static_cast<std::size_t>(batch.lengths[i]);
      PoolText(settings.pooling, hidden, length, dimension(), settings.out_dimension, settings.normalize,
               destination.host + destination.rows[i] * settings.out_dimension);
      hidden += length * dimension();
    }
  }

  void WriteZeros(std::size_t out_dimension, const Destination& destination) const override {
    for (const std::size_t row : destination.rows) {
      std::fill_n(destination.host + row * out_dimension, out_dimension, 0.0f);
    }
  }

  std::size_t dimension() const override { return encoder_.hidden(); }
  std::size_t weight_bytes() const override { return encoder_.bytes(); }
  const std::string& architecture() const override { return kArchitecture; }

 private:
  const cpu::ProductKernel& kernel_;
  const cpu::BertEncoder encoder_;
  mutable cpu::WorkspacePool workspaces_;
};

}  // namespace

std::unique_ptr<EncoderSession> OpenBertBf16Session(const BertConfig& config, const Safetensors& weights,
                                                    const cpu::ProductKernel& kernel) {
  return std::make_unique<BertBf16Session>(config, weights, kernel);
}

}  // namespace densenode
