#include "encoder/padded_session.h"

namespace densenode {

void PaddedSession::Run(const TokenBatch& tokens, const RunSettings& settings,
                        const TakeVectors& take) const {
  const PaddedBatch batch = Pad(tokens);
  const Output output = RunPadded(batch, settings);
  const std::size_t rows_apart = pools() ? 1 : batch.length;
  for (std::size_t text = 0; text < batch.count; ++text) {
    take(text, output.data + text * rows_apart * dimension(),
         pools() ? 1 : static_cast<std::size_t>(batch.lengths[text]));
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
