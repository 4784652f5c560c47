#include "encoder/cpu/packed_matrix.h"

#include <algorithm>

#include "encoder/cpu/transpose_pairs.h"
#include "encoder/cpu/vector_math.h"

namespace densenode::cpu {

PackedMatrix::PackedMatrix(std::size_t outputs, std::size_t inputs)
    : outputs_(outputs), inputs_(inputs), values_(outputs * inputs) {}

void PackedMatrix::Put(std::span<const float> weights, const PaddedAxis& outputs, const PaddedAxis& inputs,
                       std::size_t first) {
  alignas(64) Bf16 rows[16 * kBlock];
  const std::size_t columns = outputs.padded_count();
  for (std::size_t column = 0; column < columns; column += 16) {
    const std::size_t group = column / outputs.padded_size(), in_group = column % outputs.padded_size();
    const std::size_t here = in_group < outputs.size ? std::min<std::size_t>(16, outputs.size - in_group) : 0;
    Bf16* out = values_.data() + (first + column) / kBlock * kBlock * inputs_ +
                (column % kBlock == 0 ? 0 : kPanelBlock / 2);
    for (std::size_t in = 0; in < inputs_; in += kBlock, out += kPanelBlock) {
      const std::size_t in_group_start = in % inputs.padded_size();
      const std::size_t source = in / inputs.padded_size() * inputs.size + in_group_start;
      const std::size_t valid = inputs.size - std::min(inputs.size, in_group_start);
      const __mmask16 low = FirstLanes(valid), high = valid > 16 ? FirstLanes(valid - 16) : __mmask16{0};
      for (std::size_t i = 0; i < 16; ++i) {
        const float* const from =
            weights.data() + (i < here ? (group * outputs.size + in_group + i) * inputs.count() + source : 0);
        StoreBf16(rows + i * kBlock, _mm512_maskz_loadu_ps(i < here ? low : __mmask16{0}, from),
                  _mm512_maskz_loadu_ps(i < here ? high : __mmask16{0}, from + 16));
      }
      TransposePairs(rows, kBlock, out);
    }
  }
}

}  // namespace densenode::cpu
