#include "encoder/padded_session.h"

#include <algorithm>

namespace densenode {

void PaddedSession::Embed(const TokenBatch& tokens, const RunSettings& settings,
                          const Destination& destination) const {
  const PaddedBatch batch = Pad(tokens);
  const Output output = Run(batch, settings);
  for (std::size_t row = 0; row < batch.count; ++row) {
    float* out = destination.host + destination.rows[row] * settings.out_dimension;
    if (output.pooled) {
      std::copy_n(output.data + row * dimension(), settings.out_dimension, out);
      if (settings.normalize) Normalize(out, settings.out_dimension);
    } else {
      PoolText(settings.pooling, output.data + row * batch.length * dimension(),
               static_cast<std::size_t>(batch.lengths[row]), dimension(), settings.out_dimension,
               settings.normalize, out);
    }
  }
}

void PaddedSession::WriteZeros(std::size_t out_dimension, const Destination& destination) const {
  for (const std::size_t row : destination.rows) {
    std::fill_n(destination.host + row * out_dimension, out_dimension, 0.0f);
  }
}

Ort::SessionOptions CpuSessionOptions(GraphOptimizationLevel level) {
  OnnxRuntime::Get();
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);
  options.SetInterOpNumThreads(1);
  options.SetExecutionMode(ORT_SEQUENTIAL);
  options.SetGraphOptimizationLevel(level);
  options.SetLogSeverityLevel(ORT_LOGGING_LEVEL_ERROR);
  options.AddConfigEntry("session.intra_op.allow_spinning", "0");
  options.AddConfigEntry("session.inter_op.allow_spinning", "0");
  // Every batch has a shape of its own: memory patterns would be kept for each of them.
  options.DisableMemPattern();
  // Weights beside the arena, so that the arena holds activations alone and can shrink.
  options.AddConfigEntry("session.use_device_allocator_for_initializers", "1");
  return options;
}

Ort::Value RunOnce(const Ort::Session& session, const std::vector<const char*>& input_names,
                   const std::vector<Ort::Value>& inputs, const char* output_name,
                   const EncoderSession::RunSettings& settings) {
  Cancellation* cancellation = settings.cancellation;
  try {
    return CallOnnxRuntime("running the model", [&] {
      Ort::RunOptions options;
      if (settings.release_memory) options.AddConfigEntry("memory.enable_memory_arena_shrinkage", "cpu:0");
      const Cancellation::Registration stop(cancellation, [&options] { options.SetTerminate(); });
      // Run() is not const in the C++ wrapper, but safe to call from many threads.
      auto& shared = const_cast<Ort::Session&>(session);
      auto outputs = shared.Run(options, input_names.data(), inputs.data(), inputs.size(), &output_name, 1);
      return std::move(outputs.front());
    });
  } catch (const Error&) {
    if (cancellation) cancellation->ThrowIfRequested();  // the run ended because it was told to
    throw;
  }
}

}  // namespace densenode
