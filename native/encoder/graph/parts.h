// The parts of a transformer as nodes of a graph for ONNX Runtime's CPU provider. Their operators are those
// that it runs fastest, measured on all-MiniLM-L6-v2: its fused SkipLayerNormalization takes 5 times as long
// as Add + LayerNormalization, and MultiHeadAttention with a padding mask 1.5 to 3 times as long as the plain
// products.
#pragma once

#include <string>

#include "encoder/graph/graph_context.h"

namespace densenode {

// Each adds its nodes and returns the name of its result: rows, one for each token, padding included.

std::string EmbeddingNodes(GraphContext& context);
std::string LinearNodes(GraphContext& context, const LinearSpec& linear, const std::string& rows);
// A linear map in 8 bits, the numbers it is given included: those of each row by a scale and a zero of their
// own ("token-wise"; Yao et al. 2022, arXiv:2206.01861), so that a text's embedding does not depend on the
// others of its batch.
std::string Int8LinearNodes(GraphContext& context, const LinearSpec& linear, const std::string& rows);
// Rows of a table in 8 bits as floats.
std::string Int8TableNodes(GraphContext& context, const TableSpec& table, std::size_t width,
                           const std::string& numbers);
std::string NormNodes(GraphContext& context, const NormSpec& norm, const std::string& rows);
std::string ActivationNodes(GraphContext& context, Activation activation, const std::string& rows);
std::string AttentionNodes(GraphContext& context, const AttentionSpec& attention, const std::string& rows);
// Turns heads of [texts, tokens, heads, head_size] by the tokens' positions; the result has three dimensions.
std::string RotaryNodes(GraphContext& context, const RotaryPositions& rotary, std::size_t heads,
                        std::size_t head_size, const std::string& x);
std::string FeedForwardNodes(GraphContext& context, const FeedForwardSpec& feed_forward,
                             const std::string& rows);

// What is added to the scores of attention, [texts or 1, heads or 1, queries or 1, keys]: the least float for
// keys that a query does not see, biases by distance.
std::string ScoreBiasNodes(GraphContext& context, const AttentionSpec& attention);

}  // namespace densenode
