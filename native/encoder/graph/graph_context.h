// What the parts of a transformer's graph share while it is built: nodes, weights, inputs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "encoder/graph_builder.h"
#include "encoder/padded_session.h"
#include "encoder/transformer_weights.h"

namespace densenode {

constexpr const char* kMicrosoft = "com.microsoft";

// An input of the graph and how it is computed from a batch, which must outlive the value.
struct GraphInput {
  std::string name;
  std::function<Ort::Value(const PaddedBatch&)> make;
};

class GraphContext {
 public:
  // Both must outlive it.
  GraphContext(const TransformerSpec& spec, const Checkpoint& checkpoint) : weights_(spec, checkpoint) {}

  const TransformerSpec& spec() const { return weights_.spec(); }
  GraphBuilder& graph() { return graph_; }
  const std::vector<GraphInput>& inputs() const { return inputs_; }
  std::size_t weight_bytes() const { return weight_bytes_; }

  // The value that `make` gives for the first caller: what several layers use is in the graph once.
  std::string Shared(const std::string& name, const std::function<std::string(const std::string&)>& make);

  // The tensor with `added` to every value.
  std::string Weight(const TensorPlace& place, const std::vector<std::size_t>& shape, float added = 0);
  std::string Table(const TableSpec& table, std::size_t width) {
    return Weight(table.weight, {table.rows, width});
  }
  std::string Input(const std::string& name, ONNXTensorElementDataType type,
                    const std::vector<std::int64_t>& dims,
                    std::function<Ort::Value(const PaddedBatch&)> make);
  // One-dimensional; named by its values.
  std::string Constant(const std::vector<std::int64_t>& values);
  std::string Constant(const std::string& name, std::vector<float> values, std::vector<std::int64_t> shape);

  // The same number for equal ones.
  std::size_t NumberOf(const RotaryPositions& rotary);

  // input_ids, [texts, tokens].
  std::string Ids();
  // x as [-1, width]: matrix products work on rows, one a token.
  std::string Rows(const std::string& x, std::size_t width);
  // Rows as [texts, tokens, sizes...]; named `output`, or by itself.
  std::string PerText(const std::string& rows, const std::vector<std::size_t>& sizes,
                      const std::string& output = "");

 private:
  const TransformerWeights weights_;
  GraphBuilder graph_;
  std::vector<GraphInput> inputs_;
  std::map<std::string, std::string> shared_;
  std::vector<RotaryPositions> rotary_;
  std::size_t weight_bytes_ = 0;
};

}  // namespace densenode
