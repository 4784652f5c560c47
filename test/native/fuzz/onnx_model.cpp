#include "onnx_model.h"

#include <cstdint>
#include <cstring>

namespace densenode::fuzz {
namespace {

// Protocol buffers: a field's number, then a number or bytes.
std::string Number(std::uint64_t value) {
  std::string bytes;
  for (; value >= 128; value >>= 7) bytes += static_cast<char>(value | 128);
  return bytes += static_cast<char>(value);
}
std::string Field(unsigned number, std::uint64_t value) { return Number(number << 3) + Number(value); }
std::string Field(unsigned number, const std::string& bytes) {
  return Number(number << 3 | 2) + Number(bytes.size()) + bytes;
}
std::string Entry(const std::string& key, const std::string& value) {
  return Field(1, key) + Field(2, value);
}

constexpr std::uint64_t kFloat = 1, kInt64 = 7;

std::string Value(const std::string& name, std::uint64_t type, const std::string& last_dimensions) {
  const std::string shape =
      Field(1, Field(2, std::string("batch"))) + Field(1, Field(2, std::string("tokens"))) + last_dimensions;
  return Field(1, name) + Field(2, Field(1, Field(1, type) + Field(2, shape)));
}

// A tensor type becomes the type of a sequence of such tensors.
std::string SequenceValue(const std::string& name, std::uint64_t type) {
  return Field(1, name) + Field(2, Field(4, Field(1, Field(1, Field(1, type)))));
}

std::string Model(const std::string& table_data, const std::string& more_of_graph) {
  const std::string table =
      Field(1, 4) + Field(1, 2) + Field(2, kFloat) + Field(8, std::string("table")) + table_data;
  const std::string gather = Field(1, std::string("table")) + Field(1, std::string("input_ids")) +
                             Field(2, std::string("vectors")) + Field(4, std::string("Gather"));
  const std::string graph = Field(1, gather) + Field(2, std::string("graph")) + Field(5, table) +
                            Field(11, Value("input_ids", kInt64, "")) + more_of_graph;
  return Field(1, 8) + Field(8, Field(2, 17)) + Field(7, graph);
}

std::string Node(const std::string& type, const std::string& output) {
  return Field(1, Field(1, std::string("vectors")) + Field(2, output) + Field(4, type));
}

std::string VectorsOutput() {
  return Node("Identity", "last_hidden_state") +
         Field(12, Value("last_hidden_state", kFloat, Field(1, Field(1, 2))));
}

const std::string kTable = Field(9, std::string(32, '\x40'));

}  // namespace

std::string OnnxModel(const std::string& location, long long offset, long long length) {
  if (location.empty()) return Model(kTable, VectorsOutput());
  const std::string outside = Field(13, Entry("location", location)) +
                              Field(13, Entry("offset", std::to_string(offset))) +
                              Field(13, Entry("length", std::to_string(length))) + Field(14, 1);
  return Model(outside, VectorsOutput());
}

std::string OnnxModelOfSequences(bool output) {
  if (!output) return Model(kTable, VectorsOutput() + Field(11, SequenceValue("attention_mask", kInt64)));
  return Model(kTable, Node("SequenceConstruct", "last_hidden_state") +
                           Field(12, SequenceValue("last_hidden_state", kFloat)));
}

}  // namespace densenode::fuzz
