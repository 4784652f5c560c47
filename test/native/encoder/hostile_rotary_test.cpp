// Impossible and contradicting values of config.json for rotary encoders, decoders and T5, and tensors that
// are missing: a clear error that names the key or the tensor.
#include "encoder_test_support.h"

namespace densenode {
namespace {

// Sets one key of a model's config.json, or takes it away (null), and expects the load to fail.
void ExpectConfigError(const char* model, const char* key, const Json& value, const char* code,
                       const char* part) {
  const SpoiltModel spoilt(model);
  spoilt.Edit("config.json", [&](Json& config) { config[key] = value; });
  EXPECT_ERROR(EmbeddingModel::Load(spoilt.path(), {}), code, part);
}

TEST(HostileRotary, Heads) {
  ExpectConfigError("tiny-qwen3", "num_attention_heads", 0, "MODEL_INVALID", "num_attention_heads");
  ExpectConfigError("tiny-qwen3", "num_key_value_heads", 0, "MODEL_INVALID", "num_key_value_heads");
  ExpectConfigError("tiny-qwen3", "num_key_value_heads", 3, "MODEL_INVALID",
                    "no multiple of num_key_value_heads 3");
  ExpectConfigError("tiny-qwen3", "num_key_value_heads", 8, "MODEL_INVALID",
                    "no multiple of num_key_value_heads 8");
  ExpectConfigError("tiny-qwen3", "head_dim", 15, "MODEL_INVALID", "cannot be turned");
  ExpectConfigError("tiny-qwen3", "head_dim", std::int64_t{1} << 40, "MODEL_INVALID", "head_dim");
  ExpectConfigError("tiny-qwen3", "head_dim", 8, "MODEL_INVALID", "q_proj");
  ExpectConfigError("tiny-llama", "num_attention_heads", 5, "MODEL_INVALID", "5");
  ExpectConfigError("tiny-modernbert", "num_attention_heads", 32, "MODEL_INVALID", "cannot be turned");
  ExpectConfigError("tiny-nomic-bert", "n_head", 3, "MODEL_INVALID", "no multiple");
  ExpectConfigError("tiny-t5", "num_heads", 0, "MODEL_INVALID", "num_heads");
  ExpectConfigError("tiny-t5", "d_kv", 7, "MODEL_INVALID", "SelfAttention.");
}

TEST(HostileRotary, Sizes) {
  for (const char* key : {"hidden_size", "intermediate_size", "vocab_size"}) {
    ExpectConfigError("tiny-qwen3", key, std::int64_t{1} << 62, "MODEL_INVALID", key);
    ExpectConfigError("tiny-modernbert", key, -1, "MODEL_INVALID", key);
  }
  ExpectConfigError("tiny-modernbert", "intermediate_size", 47, "MODEL_INVALID", "mlp.Wi");
  ExpectConfigError("tiny-modernbert", "num_hidden_layers", 5, "MODEL_INVALID", "layers.4.");
  ExpectConfigError("tiny-gte", "intermediate_size", 47, "MODEL_INVALID", "up_gate_proj");
  ExpectConfigError("tiny-nomic-bert", "n_inner", 47, "MODEL_INVALID", "mlp.fc1");
  ExpectConfigError("tiny-nomic-bert", "n_layer", 3, "MODEL_INVALID", "encoder.layers.2.");
  ExpectConfigError("tiny-t5", "num_layers", 3, "MODEL_INVALID", "encoder.block.2.");
  ExpectConfigError("tiny-t5", "d_ff", std::int64_t{1} << 30, "MODEL_INVALID", "d_ff");
  ExpectConfigError("tiny-t5", "relative_attention_num_buckets", 3, "MODEL_INVALID", "num_buckets");
  ExpectConfigError("tiny-t5", "relative_attention_num_buckets", 16, "MODEL_INVALID",
                    "relative_attention_bias");
  ExpectConfigError("tiny-t5", "relative_attention_max_distance", 3, "MODEL_INVALID", "max_distance");
}

TEST(HostileRotary, Positions) {
  const auto rope = [](const char* key, const Json& value) {
    Json parameters = {{"rope_type", "default"}, {"rope_theta", 10000.0}};
    parameters[key] = value;
    return parameters;
  };
  ExpectConfigError("tiny-llama", "rope_parameters", rope("rope_theta", 0), "MODEL_INVALID", "rope_theta");
  ExpectConfigError("tiny-llama", "rope_parameters", rope("rope_theta", "big"), "MODEL_INVALID",
                    "rope_theta");
  ExpectConfigError("tiny-llama", "rope_parameters", rope("rope_type", "yarn"), "MODEL_UNSUPPORTED", "yarn");
  ExpectConfigError("tiny-llama", "rope_parameters", rope("rope_type", 3), "MODEL_INVALID", "rope_type");
  ExpectConfigError("tiny-llama", "rope_parameters", rope("partial_rotary_factor", 0.4), "MODEL_INVALID",
                    "cannot be turned");
  ExpectConfigError("tiny-llama", "rope_parameters", rope("factor", 0), "MODEL_INVALID", "factor");
  ExpectConfigError("tiny-gte", "rope_scaling", {{"type", "ntk"}, {"factor", -1}}, "MODEL_INVALID", "factor");
  ExpectConfigError("tiny-gte", "rope_scaling", {{"type", "ntk"}, {"factor", 2}, {"mixed_b", 0.75}},
                    "MODEL_UNSUPPORTED", "mixed_b");
  ExpectConfigError("tiny-gte", "position_embedding_type", "absolute", "MODEL_UNSUPPORTED", "absolute");
  ExpectConfigError("tiny-nomic-bert", "rotary_emb_fraction", 0.5, "MODEL_UNSUPPORTED",
                    "rotary_emb_fraction");
  ExpectConfigError("tiny-nomic-bert", "rotary_emb_interleaved", true, "MODEL_UNSUPPORTED", "interleaved");
}

TEST(HostileRotary, WhatIsNotBuilt) {
  ExpectConfigError("tiny-nomic-bert", "num_experts", 8, "MODEL_UNSUPPORTED", "num_experts");
  ExpectConfigError("tiny-nomic-bert", "activation_function", "geglu", "MODEL_UNSUPPORTED", "geglu");
  ExpectConfigError("tiny-nomic-bert", "prenorm", true, "MODEL_UNSUPPORTED", "prenorm");
  ExpectConfigError("tiny-gte", "logn_attention_scale", true, "MODEL_UNSUPPORTED", "logn_attention_scale");
  ExpectConfigError("tiny-t5", "feed_forward_proj", "gated-tanh", "MODEL_UNSUPPORTED", "gated-tanh");
  ExpectConfigError("tiny-embedding-gemma", "attn_logit_softcapping", 50.0, "MODEL_UNSUPPORTED",
                    "softcapping");
  ExpectConfigError("tiny-qwen3", "hidden_act", "xielu", "MODEL_UNSUPPORTED", "xielu");
}

TEST(HostileRotary, LayersAndWindows) {
  ExpectConfigError("tiny-modernbert", "layer_types", Json::array({"full_attention"}), "MODEL_INVALID",
                    "layer_types");
  ExpectConfigError("tiny-modernbert", "layer_types",
                    Json::array({"full_attention", "linear_attention", "full_attention", "full_attention"}),
                    "MODEL_UNSUPPORTED", "linear_attention");
  ExpectConfigError("tiny-modernbert", "global_attn_every_n_layers", 0, "MODEL_INVALID", "global_attn");
  ExpectConfigError("tiny-modernbert", "local_attention", -2, "MODEL_INVALID", "local_attention");
  ExpectConfigError("tiny-mistral", "sliding_window", 0, "MODEL_INVALID", "sliding_window");
  ExpectConfigError("tiny-embedding-gemma", "sliding_window", "wide", "MODEL_INVALID", "sliding_window");
  ExpectConfigError("tiny-qwen2-bidirectional", "is_causal", "no", "MODEL_INVALID", "is_causal");
}

// A bias that config.json promises and the file lacks.
TEST(HostileRotary, MissingTensors) {
  ExpectConfigError("tiny-modernbert", "attention_bias", true, "MODEL_INVALID", "Wqkv.bias");
  ExpectConfigError("tiny-modernbert", "norm_bias", true, "MODEL_INVALID", "norm.bias");
  ExpectConfigError("tiny-nomic-bert", "mlp_fc2_bias", true, "MODEL_INVALID", "fc2.bias");
  ExpectConfigError("tiny-llama", "mlp_bias", true, "MODEL_INVALID", "_proj.bias");
  ExpectConfigError("tiny-t5", "feed_forward_proj", "gated-gelu", "MODEL_INVALID", "wi_");
}

}  // namespace
}  // namespace densenode
