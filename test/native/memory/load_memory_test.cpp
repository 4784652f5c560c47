// What loading takes at its peak: the weights once, whatever type they are stored in.
#include <malloc.h>

#include "../encoder/encoder_test_support.h"

namespace densenode {
namespace {

// VmHWM or VmRSS of this process, in bytes.
std::size_t Memory(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::stoull(line.substr(name.size() + 1)) << 10;
  }
  return 0;
}

// A tiny model blown up to about 100 MB in fp32, every weight 0.25, stored as `dtype`.
class LargeModel : public SpoiltModel {
 public:
  explicit LargeModel(const std::string& dtype) {
    Edit("config.json", [](Json& config) {
      config.update({{"vocab_size", 10000},
                     {"hidden_size", 512},
                     {"num_hidden_layers", 6},
                     {"num_attention_heads", 8},
                     {"intermediate_size", 2048}});
    });
    Edit("1_Pooling/config.json", [](Json& config) { config["word_embedding_dimension"] = 512; });
    const TransformerSpec spec = ParseTransformer(
        ReadJsonFile(path() / "config.json", ErrorCode::kModelInvalid), path() / "config.json");
    const EmbeddingSpec& embeddings = spec.embeddings;
    for (const TableSpec& table : {embeddings.words, embeddings.positions->table, *embeddings.types})
      Add(table.weight, dtype, {table.rows, embeddings.width});
    Add(*embeddings.norm, dtype);
    for (const LayerSpec& layer : spec.layers) {
      const AttentionSpec& attention = layer.attention;
      for (const LinearSpec& linear : {attention.query, attention.key, attention.value, attention.output,
                                       layer.feed_forward.up, layer.feed_forward.down}) {
        Add(linear.weight, dtype, {linear.outputs, linear.inputs});
        Add(*linear.bias, dtype, {linear.outputs});
      }
      Add(*layer.attention_norm, dtype);
      Add(*layer.feed_forward_norm, dtype);
    }
    const std::map<std::string, std::string> quarters = {{"F32", std::string("\x00\x00\x80\x3e", 4)},
                                                         {"F16", std::string("\x00\x34", 2)},
                                                         {"BF16", std::string("\x80\x3e", 2)}};
    std::string header = header_.dump();
    header.resize((header.size() + 7) / 8 * 8, ' ');
    std::ofstream file(path() / "model.safetensors", std::ios::binary);
    const std::uint64_t size = header.size();
    file.write(reinterpret_cast<const char*>(&size), sizeof size) << header;
    std::string piece;
    for (int i = 0; i < 4096; ++i) piece += quarters.at(dtype);
    for (std::size_t left = bytes_; left > 0; left -= std::min(left, piece.size()))
      file.write(piece.data(), static_cast<std::streamsize>(std::min(left, piece.size())));
  }

 private:
  void Add(const TensorPlace& place, const std::string& dtype, const std::vector<std::size_t>& shape) {
    std::size_t size = dtype == "F32" ? 4 : 2;
    for (const std::size_t dimension : shape) size *= dimension;
    header_[place.name] = {{"dtype", dtype}, {"shape", shape}, {"data_offsets", {bytes_, bytes_ + size}}};
    bytes_ += size;
  }
  void Add(const NormSpec& norm, const std::string& dtype) {
    Add(norm.gain, dtype, {norm.width});
    Add(*norm.bias, dtype, {norm.width});
  }

  Json header_;
  std::size_t bytes_ = 0;
};

using StoredAndLoaded = std::pair<const char*, const char*>;
class LoadMemory : public testing::TestWithParam<StoredAndLoaded> {};

TEST_P(LoadMemory, PeaksBelowWeightsAndAFifth) {
  const auto [stored, dtype] = GetParam();
  if (std::string(dtype) == "bf16" && !HasBf16()) GTEST_SKIP() << "no bf16 here";
  const auto load = [&, type = dtype](const fs::path& path) {
    return LoadWith(path, [&](auto& options) { options.dtype = type; });
  };
  load(kFixtures / "models/tiny-bert-cls");  // ONNX Runtime itself
  const LargeModel folder(stored);
  // As in a process of its own: what other tests freed must not make malloc keep large blocks.
  mallopt(M_MMAP_THRESHOLD, 128 << 10);
  malloc_trim(0);
  if (!(std::ofstream("/proc/self/clear_refs") << "5")) GTEST_SKIP() << "peaks cannot be reset here";
  const std::size_t before = Memory("VmRSS");
  const auto model = load(folder.path());
  const auto peak = static_cast<double>(Memory("VmHWM") - before);
  const auto weights = static_cast<double>(model->weight_bytes());
  EXPECT_LT(peak / weights, 1.2) << weights / 1e6 << " MB of weights";
  RecordProperty("peak_to_weights", std::to_string(peak / weights));
}

INSTANTIATE_TEST_SUITE_P(All, LoadMemory,
                         testing::Values(StoredAndLoaded{"F32", "fp32"}, StoredAndLoaded{"F16", "fp32"},
                                         StoredAndLoaded{"BF16", "fp32"}, StoredAndLoaded{"F32", "bf16"},
                                         StoredAndLoaded{"F16", "bf16"}, StoredAndLoaded{"BF16", "bf16"}),
                         [](const auto& info) {
                           return std::string(info.param.first) + "_" + info.param.second;
                         });

}  // namespace
}  // namespace densenode
