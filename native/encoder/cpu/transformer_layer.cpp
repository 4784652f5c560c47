#include "encoder/cpu/transformer_layer.h"

#include <algorithm>
#include <cmath>

namespace densenode::cpu {
namespace {

// Norms and turns of the queries and keys of one text.
void PrepareHeads(const TransformerLayer& layer, const RotaryWaves* waves, std::size_t length, Bf16* qkv) {
  const AttentionShape& shape = layer.attention;
  const HeadNorm query_norm = layer.query_norm.head_norm(), key_norm = layer.key_norm.head_norm();
  if (!waves && !query_norm.gain && !key_norm.gain) return;
  for (std::size_t position = 0; position < length; ++position, qkv += shape.row_width()) {
    const auto prepare = [&](const HeadNorm& norm, std::size_t first, std::size_t width) {
      for (std::size_t head = first; head < first + width; head += shape.head_width)
        PrepareHead(norm, waves, position, layer.head_size, qkv + head);
    };
    prepare(query_norm, 0, shape.width());
    prepare(key_norm, shape.width(), shape.keys_width());
  }
}

// Each of `largest` becomes the largest magnitude so far of its column.
void Widen(const Bf16* rows, std::size_t count, std::size_t width, std::vector<float>* largest) {
  largest->resize(width);
  for (std::size_t row = 0; row < count; ++row, rows += width) {
    for (std::size_t i = 0; i < width; ++i)
      (*largest)[i] = std::max((*largest)[i], std::fabs(FromBf16(rows[i])));
  }
}

}  // namespace

std::size_t TransformerLayer::bytes() const {
  return queries_keys.bytes() + values.bytes() + query_norm.bytes() + key_norm.bytes() +
         attention_output.bytes() + attention_output_norm.bytes() + feed_forward_output_norm.bytes() +
         after_attention.bytes() + up.bytes() + gated_up.bytes() + down.bytes();
}

void RunLayer(const ProductKernel& kernel, const TransformerLayer& layer, const LayerNorm& after,
              const LayerBatch& batch, Workspace* workspace) {
  const std::size_t rows = workspace->rows;
  float* const x = workspace->x.data();
  Bf16* const rounded = workspace->rounded.data();

  AttentionShape shape = layer.attention;
  shape.bias = batch.bias;
  const RotaryWaves* const waves = layer.rotary ? &batch.waves[*layer.rotary] : nullptr;
  Bf16* const qkv = workspace->wide.Reserve((rows + kBlock) * shape.row_width());
  const std::size_t width = layer.values.weight.inputs();
  if (batch.ranges) Widen(rounded, rows, width, &batch.ranges->attention);
  ApplyLinear(kernel, layer.queries_keys, Activation::kNone, rounded, rows, qkv, shape.row_width(),
              &workspace->quantized);
  ApplyLinear(kernel, layer.values, Activation::kNone, rounded, rows,
              qkv + layer.queries_keys.weight.outputs(), shape.row_width());
  Bf16* const context = workspace->context.Reserve((rows + kBlock) * shape.width());
  std::size_t first = 0;
  for (const std::int32_t tokens : batch.lengths) {
    const auto length = static_cast<std::size_t>(tokens);
    Bf16* const of_text = qkv + first * shape.row_width();
    PrepareHeads(layer, waves, length, of_text);
    Attend(kernel, shape, of_text, length, context + first * shape.width(), &workspace->attention);
    first += length;
  }
  ApplyLinearAndNormalize(kernel, layer.attention_output, layer.attention_output_norm.norm(),
                          layer.after_attention.norm(), context, rows, x, rounded, &workspace->scratch);

  if (batch.ranges) Widen(rounded, rows, width, &batch.ranges->feed_forward);
  Bf16* const inner = workspace->wide.Reserve((rows + kBlock) * layer.down.weight.inputs());
  if (layer.gated_up.outputs() > 0) {
    ApplyGatedLinear(kernel, layer.gated_up, layer.activation, rounded, rows, inner, &workspace->quantized);
  } else {
    ApplyLinear(kernel, layer.up, layer.activation, rounded, rows, inner, layer.up.weight.outputs(),
                &workspace->quantized);
  }
  ApplyLinearAndNormalize(kernel, layer.down, layer.feed_forward_output_norm.norm(), after, inner, rows, x,
                          rounded, &workspace->scratch);
}

}  // namespace densenode::cpu
