// Rotary positions as config.json describes them.
#pragma once

#include <cstddef>

#include "encoder/architecture/config_reader.h"
#include "encoder/architecture/transformer_spec.h"

namespace densenode {

// What a family takes where config.json is silent, and under which names it looks.
struct RotaryNames {
  double theta;                              // where config.json has none
  const char* theta_key = "rope_theta";      // outside "rope_parameters"
  const char* layer_type = nullptr;          // key within "rope_parameters" of families with several
  const char* scaling_key = "rope_scaling";  // nullptr: layers of this type are never scaled
};

// Reads today's "rope_parameters" ({"rope_theta", "rope_type", ...}) or the older keys beside it. Scalings,
// with s the "factor", d the number of values that are turned and w = theta^(-2i/d):
//   "default"  w
//   "linear"   w / s (Chen et al. 2023, arXiv:2306.15595)
//   "dynamic"  w, which it is for texts up to max_position_embeddings, and longer ones are cut
//   "ntk"      (s theta)^(-2i/d) s^(-2/d) (kexue.fm/archives/9706, formula 6; the publisher's code of GTE)
//   "llama3"   w where the wave is short, w / s where it is long, between them a blend (Python's
//   transformers)
// Others throw MODEL_UNSUPPORTED, numbers out of bounds and an odd d MODEL_INVALID.
RotaryPositions ReadRotary(const ConfigReader& config, std::size_t head_size, const RotaryNames& names);

}  // namespace densenode
