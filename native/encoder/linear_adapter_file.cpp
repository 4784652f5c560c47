// LinearAdapter on disk: safetensors, so that Python reads it (safetensors.torch.load_file gives the state of
// a torch.nn.Linear).
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cinttypes>
#include <cstdio>

#include "common/atomic_file.h"
#include "common/error.h"
#include "common/json.h"
#include "encoder/linear_adapter.h"
#include "encoder/safetensors.h"

namespace densenode {
namespace {

constexpr std::size_t kAlignment = 8;  // of the tensors, as the reference implementation has it
constexpr const char* kFormat = "densenode.linear_adapter";
constexpr const char* kVersion = "1";

std::string Checksum(std::span<const float> weight, std::span<const float> bias) {
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  XXH3_64bits_update(&state, weight.data(), weight.size_bytes());
  XXH3_64bits_update(&state, bias.data(), bias.size_bytes());
  char text[17];
  std::snprintf(text, sizeof text, "%016" PRIx64, static_cast<std::uint64_t>(XXH3_64bits_digest(&state)));
  return text;
}

}  // namespace

void LinearAdapter::Save(const std::filesystem::path& path) const {
  const std::size_t weight_bytes = weight_.size() * sizeof(float);
  const std::size_t bias_bytes = bias_.size() * sizeof(float);
  Json header;
  header["__metadata__"] = {{"format", kFormat},
                            {"format_version", kVersion},
                            {"dimension", std::to_string(dimension_)},
                            {"model", model_},
                            {"xxh3_64", Checksum(weight_, bias_)}};
  header["weight"] = {
      {"dtype", "F32"}, {"shape", {dimension_, dimension_}}, {"data_offsets", {0, weight_bytes}}};
  if (!bias_.empty()) {
    header["bias"] = {{"dtype", "F32"},
                      {"shape", {dimension_}},
                      {"data_offsets", {weight_bytes, weight_bytes + bias_bytes}}};
  }
  std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.append((kAlignment - text.size() % kAlignment) % kAlignment, ' ');
  const std::uint64_t length = text.size();
  AtomicFile file(path);
  file.Write(&length, sizeof length);
  file.Write(text.data(), text.size());
  file.Write(weight_.data(), weight_bytes);
  file.Write(bias_.data(), bias_bytes);
  file.Commit();
}

std::shared_ptr<LinearAdapter> LinearAdapter::Open(const std::filesystem::path& path) {
  const Safetensors file = Safetensors::Open(path);
  const auto metadata = [&](const char* name) -> std::string {
    const auto found = file.metadata().find(name);
    return found == file.metadata().end() ? std::string() : found->second;
  };
  if (metadata("format") == kFormat && metadata("format_version") != kVersion) {
    Fail(ErrorCode::kModelUnsupported, path, " is an adapter of version ", metadata("format_version"),
         ", but this densenode reads ", kVersion);
  }
  const auto& shape = file.Shape("weight");
  if (shape.size() != 2 || shape[0] != shape[1] || shape[0] < 1 ||
      shape[0] > static_cast<std::int64_t>(kMaxDimension)) {
    Fail(ErrorCode::kModelInvalid, path, ": \"weight\" of an adapter must be a square matrix of 1 to ",
         kMaxDimension, " rows");
  }
  if (const std::string dimension = metadata("dimension");
      !dimension.empty() && dimension != std::to_string(shape[0])) {
    Fail(ErrorCode::kFileCorrupt, path, " says dimension ", dimension, ", but its weight has ", shape[0],
         " rows");
  }
  const FloatTensor weight = file.Float32("weight", shape);
  FloatTensor bias;
  if (file.Has("bias")) {
    if (file.Shape("bias") != std::vector<std::int64_t>{shape[0]})
      Fail(ErrorCode::kModelInvalid, path,
           ": \"bias\" of an adapter must have as many values as \"weight\" has rows, ", shape[0]);
    bias = file.Float32("bias", {shape[0]});
  }
  if (const std::string checksum = metadata("xxh3_64");
      !checksum.empty() && checksum != Checksum(weight.values, bias.values)) {
    Fail(ErrorCode::kFileCorrupt, path, " is damaged: the checksum of its weights differs");
  }
  try {
    return std::make_shared<LinearAdapter>(
        static_cast<std::size_t>(shape[0]), std::vector<float>(weight.values.begin(), weight.values.end()),
        std::vector<float>(bias.values.begin(), bias.values.end()), metadata("model"));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    Fail(ErrorCode::kModelInvalid, path, ": ", error.what());
  }
}

}  // namespace densenode
