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
#include "encoder/transformer_graph.h"
#include "encoder/transformer_weights.h"

namespace densenode {

// An input of the graph and how it is computed from a batch, which must outlive the value.
struct GraphInput {
  std::string name;
  std::function<Ort::Value(const PaddedBatch&)> make;
};

// An Int8Matrix in the graph.
struct Int8Names {
  std::string values;  // for products: [inputs, outputs]; of a table: [rows, width]
  std::string scales;  // [outputs]; [rows, 1]
  std::string sums;    // [1, outputs]; none
};

class GraphContext {
 public:
  // Both must outlive it.
  GraphContext(const TransformerSpec& spec, const Checkpoint& checkpoint, GraphWeights weights)
      : weights_(spec, checkpoint), graph_weights_(weights) {}

  const TransformerSpec& spec() const { return weights_.spec(); }
  // Whether linear maps and the table of words have 8 bits (int8_matrix.h).
  bool int8() const { return graph_weights_ != GraphWeights::kFloat32; }
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
  // That of a linear map, for products.
  Int8Names Int8Weight(const LinearSpec& linear) {
    return AddInt8(linear.weight, {linear.outputs, linear.inputs}, true);
  }
  // As it lies.
  Int8Names Int8Table(const TableSpec& table, std::size_t width) {
    return AddInt8(table.weight, {table.rows, width}, false);
  }
  std::string Scalar(float value);
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
  Int8Names AddInt8(const TensorPlace& place, const std::vector<std::size_t>& shape, bool for_products);

  const TransformerWeights weights_;
  const GraphWeights graph_weights_;
  GraphBuilder graph_;
  std::vector<GraphInput> inputs_;
  std::map<std::string, std::string> shared_;
  std::vector<RotaryPositions> rotary_;
  std::size_t weight_bytes_ = 0;
};

}  // namespace densenode
