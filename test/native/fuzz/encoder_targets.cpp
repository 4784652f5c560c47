// The weights of models and adapters.
#include <cstring>

#include "../temporary_folder.h"
#include "encoder/linear_adapter.h"
#include "encoder/safetensors.h"
#include "encoder/static_session.h"
#include "json_words.h"
#include "target.h"

namespace densenode::fuzz {
namespace {

constexpr const char* kTensors[] = {"floats", "halves", "bfloats", "doubles", "bytes", "scalar"};

std::string LengthOf(std::size_t size) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &size, 8);
  return bytes;
}

std::vector<std::string> SafetensorsSeeds() {
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"floats":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
      R"("halves":{"dtype":"F16","shape":[4],"data_offsets":[24,32]},"bfloats":{"dtype":"BF16","shape":[2,1,2],)"
      R"("data_offsets":[32,40]},"doubles":{"dtype":"F64","shape":[1],"data_offsets":[40,48]},)"
      R"("bytes":{"dtype":"U8","shape":[3,0],"data_offsets":[48,48]},"scalar":{"dtype":"F32","shape":[],"data_offsets":[48,52]}})";
  const std::string empty = "{}";
  return {LengthOf(header.size()) + header + std::string(52, '\x40'), LengthOf(empty.size()) + empty};
}

void ReadSafetensors(const std::string& input) {
  static const test::TemporaryFolder folder;
  test::WriteFile(folder / "model.safetensors", input);
  const Safetensors weights = Safetensors::Open(folder / "model.safetensors");
  double sum = 0;
  for (const char* name : kTensors) {
    if (!weights.Has(name)) continue;
    const auto shape = weights.Shape(name);
    try {
      for (const float value : weights.Float32(name, shape).values) sum += value;
      for (const std::uint16_t value : weights.Float16(name, shape).values) sum += value;
    } catch (const Error&) {
    }
  }
  weights.ReleasePages();
  [[maybe_unused]] volatile double kept = sum;
}

std::vector<std::string> AdapterSeeds() {
  const test::TemporaryFolder folder;
  LinearAdapter(3, {1, 0, 0, 0, 1, 0, 0, 0, 1}, {0, 1, 2}, "model").Save(folder / "adapter.safetensors");
  const std::string header = R"({"weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})";
  return {test::ReadFile(folder / "adapter.safetensors"),
          LengthOf(header.size()) + header + std::string(16, '\x3f')};
}

void ReadAdapter(const std::string& input) {
  static const test::TemporaryFolder folder;
  test::WriteFile(folder / "adapter.safetensors", input);
  const auto adapter = LinearAdapter::Open(folder / "adapter.safetensors");
  std::vector<float> rows(2 * adapter->dimension(), 0.5f);
  adapter->Apply(rows.data(), 2, rows.data());
}

std::vector<std::string> StaticSeeds() {
  const std::string table = R"({"embeddings":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)";
  const std::string shared = table + R"("mapping":{"dtype":"I64","shape":[3],"data_offsets":[24,48]},)"
                                     R"("weights":{"dtype":"F64","shape":[3],"data_offsets":[48,72]}})";
  const std::string small = R"({"embeddings":{"dtype":"I8","shape":[3,2],"data_offsets":[0,6]},)"
                            R"("mapping":{"dtype":"I32","shape":[3],"data_offsets":[6,18]}})";
  const std::string plain = R"({"embedding.weight":{"dtype":"F16","shape":[3,2],"data_offsets":[0,12]}})";
  return {LengthOf(shared.size()) + shared + std::string(72, '\0'),
          LengthOf(small.size()) + small + std::string(18, '\0'),
          LengthOf(plain.size()) + plain + std::string(12, '\x3c')};
}

void ReadStatic(const std::string& input) {
  static const test::TemporaryFolder folder;
  test::WriteFile(folder / "model.safetensors", input);
  const auto session = OpenStaticSession(folder / "model.safetensors", 1);
  double sum = 0;
  session->Run({.ids = {0, 1, 2, 0}, .type_ids = {0, 0, 0, 0}, .lengths = {3, 1}}, {},
               [&](std::size_t, const float* vector, std::size_t) {
                 for (std::size_t d = 0; d < session->dimension(); ++d) sum += vector[d];
               });
  [[maybe_unused]] volatile double kept = sum;
}

// The header's length, wherever the header ends now.
void RepairSafetensors(std::string& input) {
  const std::size_t end = input.rfind('}');
  if (input.size() > 8 && end != std::string::npos && end >= 8) input.replace(0, 8, LengthOf(end + 1 - 8));
}

}  // namespace

const Target kSafetensors{"safetensors", SafetensorsSeeds, ReadSafetensors, RepairSafetensors, kJsonWords};
const Target kLinearAdapter{"linear_adapter", AdapterSeeds, ReadAdapter, RepairSafetensors, kJsonWords};
const Target kStaticEmbedding{"static_embedding", StaticSeeds, ReadStatic, RepairSafetensors, kJsonWords};

}  // namespace densenode::fuzz
