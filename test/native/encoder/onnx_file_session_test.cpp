// Exported .onnx files: data/make_onnx.py made them from the tiny BERT fixture by PyTorch.
#include "encoder/onnx_file_session.h"

#include "encoder/multi_vector_encoder.h"
#include "reference.h"

namespace densenode {
namespace {

// The plain tiny model with its weights as an .onnx file in `where`.
class OnnxModel : public SpoiltModel {
 public:
  OnnxModel(const std::string& file, const std::string& where) : SpoiltModel("tiny-bert-mean") {
    fs::remove(path() / "model.safetensors");
    fs::create_directories((path() / where).parent_path());
    fs::copy_file(kData / file, path() / where);
  }
};

void ExpectReference(const fs::path& path) {
  const Reference reference(kFixtures / "models/tiny-bert-mean/reference");
  const auto model = EmbeddingModel::Load(path, {});
  EXPECT_EQ(model->architecture(), "onnx");
  EXPECT_EQ(model->dimension(), 32u);
  EXPECT_EQ(model->max_tokens(), reference.manifest()["maxTokens"].get<std::size_t>());
  const ReferenceSet set = reference.Read("embeddings");
  ExpectLikeReference(set, Embed(*model, reference.Texts(set)), 0.999999, "onnx");
}

std::unique_ptr<PaddedSession> Open(const fs::path& path) {
  return OpenOnnxFile(path, CpuSessionOptions(ORT_ENABLE_ALL));
}

TEST(OnnxFile, TokenVectorsArePooledHere) {
  const OnnxModel folder("tokens.onnx", "onnx/model.onnx");
  ExpectReference(folder.path());
  ExpectReference(folder.path() / "onnx/model.onnx");
}

TEST(OnnxFile, SentenceVectorsAreTakenAsTheyAre) {
  const OnnxModel folder("pooled.onnx", "model.onnx");
  ExpectReference(folder.path());
  ExpectReference(folder.path() / "model.onnx");
}

TEST(OnnxFile, ModulesFollowItsTokenVectors) {
  const SpoiltModel folder("tiny-bert-dense");
  fs::remove(folder.path() / "model.safetensors");
  fs::copy_file(kData / "tokens.onnx", folder.path() / "model.onnx");
  const Reference reference(kFixtures / "models/tiny-bert-dense/reference");
  const ReferenceSet set = reference.Read("embeddings");
  const auto model = EmbeddingModel::Load(folder.path(), {});
  EXPECT_EQ(model->dimension(), 24u);
  ExpectLikeReference(set, Embed(*model, reference.Texts(set)), 0.999999, "onnx_dense");
}

TEST(OnnxFile, SentenceVectorsMustBeThoseThatTheFolderDescribes) {
  const SpoiltModel folder("tiny-bert-dense");
  fs::remove(folder.path() / "model.safetensors");
  fs::copy_file(kData / "pooled.onnx", folder.path() / "model.onnx");  // without the Dense
  EXPECT_ERROR(EmbeddingModel::Load(folder.path(), {}), "MODEL_INVALID", "32 dimensions, but the modules");
}

TEST(OnnxFile, NamesWhatItDoesNotKnow) {
  EXPECT_ERROR(Open(kData / "unknown_input.onnx"), "MODEL_UNSUPPORTED", "pixel_values");
  EXPECT_ERROR(Open(kData / "unknown_output.onnx"), "MODEL_UNSUPPORTED", "logits");
}

// A late-interaction model of a fixture with its weights as an .onnx file.
std::shared_ptr<MultiVectorEncoder> LoadLateInteraction(const std::string& name, const std::string& file) {
  const SpoiltModel folder("../multi-vector/" + name);
  fs::remove(folder.path() / "model.safetensors");
  fs::copy_file(kData / file, folder.path() / "model.onnx");
  return MultiVectorEncoder::Load(folder.path(), {});
}

TEST(OnnxFile, LateInteractionWantsAVectorForEachToken) {
  const auto tokens =
      OpenOnnxFile(kData / "tokens.onnx", CpuSessionOptions(ORT_ENABLE_ALL), ModelPurpose::kTokens);
  EXPECT_FALSE(tokens->pools());
  EXPECT_EQ(tokens->dimension(), 32u);
  EXPECT_EQ(LoadLateInteraction("tiny-sentence-transformers", "tokens.onnx")->architecture(), "onnx");
  EXPECT_ERROR(LoadLateInteraction("tiny-sentence-transformers", "pooled.onnx"), "MODEL_UNSUPPORTED",
               "last_hidden_state, token_embeddings), but sentence_embedding");
}

TEST(OnnxFile, ColbertsProjectionIsInItsCheckpoint) {
  EXPECT_ERROR(LoadLateInteraction("tiny-stanford", "tokens.onnx"), "MODEL_UNSUPPORTED", "linear.weight");
}

TEST(OnnxFile, KeepsItsTypes) {
  const OnnxModel folder("tokens.onnx", "model.onnx");
  EXPECT_ERROR(LoadWith(folder.path(), [](auto& options) { options.dtype = "fp16"; }), "MODEL_UNSUPPORTED",
               "exported with");
}

TEST(OnnxFile, MissingAndCut) {
  EXPECT_ERROR(Open("/nonexistent.onnx"), "FILE_NOT_FOUND", "/nonexistent.onnx");
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "cut.onnx";
  fs::copy_file(kData / "tokens.onnx", file);
  fs::resize_file(file, fs::file_size(file) / 2);
  EXPECT_ERROR(Open(file), "FILE_CORRUPT", "cut.onnx");
  EXPECT_ERROR(EmbeddingModel::Load(file, {}), "FILE_NOT_FOUND", "tokenizer.json");
}

TEST(OnnxRuntimeLibrary, HasAVersionAndAPath) {
  EXPECT_EQ(OnnxRuntime::Get().version().substr(0, 2), "1.");
  EXPECT_TRUE(OnnxRuntime::Get().library().is_absolute());
  EXPECT_EQ(&OnnxRuntime::Get(), &OnnxRuntime::Get());
}

}  // namespace
}  // namespace densenode
