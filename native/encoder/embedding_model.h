// Texts in, embeddings out: tokenizer, transformer session and the modules after it, as a model folder orders
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/cancellation.h"
#include "common/device.h"
#include "common/text_list.h"
#include "encoder/linear_adapter.h"
#include "encoder/modules/pooling.h"
#include "text/tokenizer.h"

namespace densenode {

class EmbeddingModel : public std::enable_shared_from_this<EmbeddingModel> {
 public:
  struct LoadOptions {
    // As ChooseDevice reads them; all CUDA devices or all the CPU. Several: a replica on each, and every
    // batch goes to one that is free. A device that is named twice has two.
    std::vector<std::string> devices = {"auto"};
    // "auto" | "fp32" | "fp16" | "bf16" | "int8-bf16" | "int8". "auto" is fp16 on CUDA; on the CPU the first
    // of int8-bf16 and bf16 that the CPU has, that the model can be had in and in which it keeps a cosine of
    // 0.9995 to fp32 (dtype_check.h), else fp32.
    std::string dtype = "auto";
    std::vector<PoolingMode> pooling;    // joined end to end; empty: what the folder says
    std::optional<bool> include_prompt;  // in pooling
    std::optional<bool> normalize;
    std::optional<std::size_t> max_tokens;  // in place of the folder's, at most max_position_embeddings
    std::size_t threads = 0;                // most threads at work on one call at once; 0: the whole pool
    // Most tokens of one batch, on the CPU in fp32 with padding; 0: the default for the device.
    std::size_t max_batch_tokens = 0;
  };

  // `path`: a sentence-transformers folder (config.json + model.safetensors, modules.json, 1_Pooling, ...), a
  // plain transformers folder, a folder with onnx/model.onnx or model.onnx, or an .onnx file with
  // tokenizer.json and config files beside or one folder above it.
  static std::shared_ptr<EmbeddingModel> Load(const std::filesystem::path& path, const LoadOptions& options);
  ~EmbeddingModel();

  std::size_t dimension() const;
  std::size_t max_tokens() const;                   // 0: no limit but the tokenizer's own
  const std::vector<PoolingMode>& pooling() const;  // joined end to end
  bool normalize() const;
  const std::vector<Device>& devices() const;  // one a replica, in the order of the options
  // Whose memory EmbedRequest::device_out may be; the CPU: nobody's. Several devices have none in common; an
  // .onnx file and modules that a device cannot do write to the host only.
  Device output_device() const;
  const std::string& dtype() const;  // "fp32", "fp16", "bf16", "int8-bf16" or "int8"
  const std::map<std::string, std::string>& prompts() const;
  const std::optional<std::string>& default_prompt() const;  // a name in prompts()
  // Routes by task, which Embed must be told where needs_task(); empty for most models.
  const std::vector<std::string>& tasks() const;
  bool needs_task() const;
  const std::string& similarity() const;    // "cosine", "dot", "euclidean" or "manhattan"
  const std::string& name() const;          // of its folder (model_folder.h)
  const std::string& architecture() const;  // "BertModel", ...; "onnx" of a file
  std::size_t weight_bytes() const;
  const std::shared_ptr<const Tokenizer>& tokenizer() const;

  struct EmbedRequest {
    std::shared_ptr<const TextList> texts;
    std::string prompt;             // put before every text; empty for none
    std::string task;               // one of tasks(), or empty; without meaning for models that have none
    std::size_t dimension = 0;      // leading dimensions kept (Matryoshka), 0: all
    std::optional<bool> normalize;  // unset: what the model says. Applied after `dimension`
    // Maps the embeddings, cut or not, to others of length 1; must have their dimension. Not with device_out.
    std::shared_ptr<const LinearAdapter> adapter;
    // texts->size() * dimension floats, row major, in the order of the texts. Set one of the two; the second
    // is memory of output_device(), complete for every stream when done() is called.
    float* out = nullptr;
    float* device_out = nullptr;
    // texts->size() counts after truncation, special tokens included; may be null.
    std::int32_t* token_counts = nullptr;
    std::shared_ptr<Cancellation> cancellation;  // may be null
    // Texts finished so far; from pool threads, one call at a time.
    std::function<void(std::size_t)> on_progress;
    const void* caller = nullptr;  // small requests of different callers take turns; may be null
  };

  // Starts the work on Executor and returns at once; done(error) is called once, on a pool thread. What the
  // outputs and `token_counts` point to must live until then. The model stays alive until then. Small
  // requests that come while others are at work are embedded together (embed_queue.h).
  void Embed(EmbedRequest request, std::function<void(std::exception_ptr)> done);
  // The same on this thread, which waits for it; throws the error.
  void EmbedHere(EmbedRequest request);

 private:
  struct Parts;
  explicit EmbeddingModel(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace densenode
