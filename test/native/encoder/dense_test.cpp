// Activation functions against torch, and what Dense and LayerNorm refuse.
#include "encoder/modules/dense.h"

#include "encoder/modules/layer_norm.h"
#include "encoder_test_support.h"

namespace densenode {
namespace {

TEST(Activations, EqualTorch) {
  const Json file = ReadJsonFile(kFixtures / "modules/activations.json", ErrorCode::kFileCorrupt);
  const auto inputs = file["inputs"].get<std::vector<float>>();
  for (const auto& [name, outputs] : file["outputs"].items()) {
    const ActivationFunction activation = TorchActivation("torch.nn.modules.activation." + name, "here");
    std::vector<float> values = inputs;
    if (activation) activation(values.data(), values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const float expected = outputs[i];
      EXPECT_NEAR(values[i], expected, 1e-6 * (1 + std::abs(expected))) << name << "(" << inputs[i] << ")";
    }
  }
}

TEST(Activations, OthersAreNamed) {
  EXPECT_ERROR(TorchActivation("torch.nn.modules.activation.Softmax", "here"), "MODEL_UNSUPPORTED",
               "Softmax\" is not supported; those of torch.nn that are: Identity, Tanh, GELU");
  EXPECT_ERROR(TorchActivation("own.Tanh", "here"), "MODEL_UNSUPPORTED", "own.Tanh");
}

// Changes config.json of a module of the fixture modules/dense.
void ExpectConfigError(const std::string& module, const char* key, const Json& value, const char* code,
                       const char* part) {
  const SpoiltModel model("../modules/dense");
  model.Edit(module + "/config.json", [&](Json& config) { config[key] = value; });
  EXPECT_ERROR(EmbeddingModel::Load(model.path(), {}), code, part);
}

TEST(Dense, WrongConfigs) {
  const std::string dense = "2_Dense", norm = "3_LayerNorm";
  ExpectConfigError(dense, "in_features", 0, "MODEL_INVALID", "in_features");
  ExpectConfigError(dense, "in_features", 47, "MODEL_INVALID", "linear.weight");
  ExpectConfigError(dense, "in_features", 1 << 20, "MODEL_INVALID", "from 1 to 65536");
  ExpectConfigError(dense, "out_features", "20", "MODEL_INVALID", "out_features");
  ExpectConfigError(dense, "out_features", -1, "MODEL_INVALID", "out_features");
  ExpectConfigError(dense, "bias", true, "MODEL_INVALID", "linear.bias");
  ExpectConfigError(dense, "activation_function", "torch.nn.Softmax", "MODEL_UNSUPPORTED", "Softmax");
  ExpectConfigError(dense, "use_residual", true, "MODEL_INVALID", "residual.weight");
  ExpectConfigError(dense, "module_input_name", "all_layers", "MODEL_UNSUPPORTED", "all_layers");
  ExpectConfigError(dense, "module_output_name", "token_embeddings", "MODEL_UNSUPPORTED", "token_embeddings");
  ExpectConfigError(norm, "dimension", 19, "MODEL_INVALID", "asks for [19]");
  ExpectConfigError(norm, "dimension", nullptr, "MODEL_INVALID", "dimension");
}

TEST(Dense, VectorsThatAreNotThere) {
  for (const char* module : {"2_Dense", "6_Normalize"}) {  // behind Pooling
    const SpoiltModel model("../modules/dense");
    model.Edit(std::string(module) + "/config.json", [](Json& config) {
      config["module_input_name"] = config["module_output_name"] = "token_embeddings";
    });
    EXPECT_ERROR(EmbeddingModel::Load(model.path(), {}), "MODEL_INVALID", "stands behind Pooling");
  }
  const SpoiltModel model("../modules/token-dense");
  model.Edit("1_Dense/config.json", [](Json& config) {
    config["module_input_name"] = config["module_output_name"] = "sentence_embedding";
  });
  EXPECT_ERROR(EmbeddingModel::Load(model.path(), {}), "MODEL_INVALID", "stands before Pooling");
}

TEST(Dense, ModulesMustFitEachOther) {
  const SpoiltModel model("../modules/dense");
  model.Edit("1_Pooling/config.json", [](Json& config) { config["pooling_mode"] = "cls"; });
  EXPECT_ERROR(EmbeddingModel::Load(model.path(), {}), "MODEL_INVALID",
               "takes 48 dimensions, but what stands before it gives 16");
}

TEST(Dense, Weights) {
  const SpoiltModel missing("../modules/dense");
  fs::remove(missing.path() / "2_Dense/model.safetensors");
  EXPECT_ERROR(EmbeddingModel::Load(missing.path(), {}), "FILE_NOT_FOUND", "2_Dense");
  std::ofstream(missing.path() / "2_Dense/pytorch_model.bin") << "pickle";
  EXPECT_ERROR(EmbeddingModel::Load(missing.path(), {}), "MODEL_UNSUPPORTED", "save_pretrained");
  const SpoiltModel cut("../modules/dense");
  fs::resize_file(cut.path() / "2_Dense/model.safetensors", 900);
  EXPECT_ERROR(EmbeddingModel::Load(cut.path(), {}), "FILE_CORRUPT", "2_Dense");
}

}  // namespace
}  // namespace densenode
