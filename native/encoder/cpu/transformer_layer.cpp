#include "encoder/cpu/transformer_layer.h"

namespace densenode::cpu {

std::size_t TransformerLayer::bytes() const {
  return queries_keys_values.bytes() + attention_output.bytes() + attention_norm.bytes() + up.bytes() +
         down.bytes() + output_norm.bytes();
}

void RunLayer(const ProductKernel& kernel, const TransformerLayer& layer,
              std::span<const std::int32_t> lengths, Workspace* workspace) {
  const std::size_t rows = workspace->rows;
  float* const x = workspace->x.data();
  Bf16* const rounded = workspace->rounded.data();
  float* const scratch = workspace->block.Reserve(kBlock * layer.down.weight.outputs());

  Bf16* const qkv = workspace->wide.Reserve((rows + kBlock) * layer.queries_keys_values.weight.outputs());
  ApplyLinear(kernel, layer.queries_keys_values, Activation::kNone, rounded, rows, qkv);
  const std::size_t width = layer.attention.width();
  Bf16* const context = workspace->context.Reserve((rows + kBlock) * width);
  std::size_t first = 0;
  for (const std::int32_t length : lengths) {
    Attend(kernel, layer.attention, qkv + first * 3 * width, static_cast<std::size_t>(length),
           context + first * width, &workspace->attention);
    first += static_cast<std::size_t>(length);
  }
  ApplyLinearAndNormalize(kernel, layer.attention_output, layer.attention_norm.norm(), context, rows, x,
                          rounded, scratch);

  Bf16* const inner = workspace->wide.Reserve((rows + kBlock) * layer.up.weight.outputs());
  ApplyLinear(kernel, layer.up, layer.activation, rounded, rows, inner);
  ApplyLinearAndNormalize(kernel, layer.down, layer.output_norm.norm(), inner, rows, x, rounded, scratch);
}

}  // namespace densenode::cpu
