// Weights in several files, and indexes that lie about them.
#include "encoder/checkpoint.h"

#include "encoder_test_support.h"

namespace densenode {
namespace {

constexpr const char* kIndex = "model.safetensors.index.json";

class ShardedModel : public SpoiltModel {
 public:
  ShardedModel() : SpoiltModel("tiny-roberta") {}

  void ExpectError(const char* code, const std::string& part) const {
    EXPECT_ERROR(EmbeddingModel::Load(path(), {}), code, part);
  }
  // Points one tensor to another file.
  void Point(const Json& file) const {
    Edit(kIndex, [&](Json& index) { index["weight_map"].front() = file; });
  }
};

TEST(Checkpoint, FindsTensorsInTheirFiles) {
  const ShardedModel model;
  const Checkpoint checkpoint = Checkpoint::Open(model.path() / kIndex);
  const Json index = ReadJsonFile(model.path() / kIndex, ErrorCode::kModelInvalid);
  std::set<std::string> files;
  for (const auto& [name, file] : index["weight_map"].items()) {
    files.insert(file.get<std::string>());
    const Safetensors shard = Safetensors::Open(model.path() / file.get<std::string>());
    ASSERT_TRUE(checkpoint.Has(name));
    const FloatTensor tensor = checkpoint.Float32(name, shard.Shape(name));
    const FloatTensor expected = shard.Float32(name, shard.Shape(name));
    EXPECT_TRUE(std::equal(tensor.values.begin(), tensor.values.end(), expected.values.begin(),
                           expected.values.end()));
  }
  EXPECT_GT(files.size(), 1u);
  EXPECT_FALSE(checkpoint.Has("nothing"));
  EXPECT_ERROR(checkpoint.Float32("nothing", {1}), "MODEL_INVALID", "nothing");
}

TEST(Checkpoint, FilesOutsideOfTheFolderAreRefused) {
  for (const Json& file :
       {Json("../model.safetensors"), Json("/etc/passwd"), Json("/tmp/model.safetensors"), Json(".."),
        Json("below/model.safetensors"), Json("config.json"), Json(""), Json(7), Json(nullptr)}) {
    const ShardedModel model;
    model.Point(file);
    model.ExpectError("MODEL_INVALID", "weight_map must name .safetensors files beside it");
  }
}

TEST(Checkpoint, ContradictionsAreRefused) {
  const ShardedModel missing;
  missing.Point("model-00009-of-00002.safetensors");
  missing.ExpectError("FILE_NOT_FOUND", "model-00009-of-00002.safetensors");

  const ShardedModel elsewhere;
  elsewhere.Edit(kIndex, [](Json& index) {
    Json& map = index["weight_map"];
    map.front() = map.front() == map.back() ? map.begin().value() : map.back();
    map["nothing"] = map.back();
  });
  elsewhere.ExpectError("MODEL_INVALID", "has no tensor");

  const ShardedModel lacking;
  lacking.Edit(kIndex,
               [](Json& index) { index["weight_map"].erase("roberta.encoder.layer.1.output.dense.weight"); });
  lacking.ExpectError("MODEL_INVALID", "no tensor \"roberta.encoder.layer.1.output.dense.weight\"");
}

TEST(Checkpoint, AnIndexMustBeOne) {
  for (const char* text : {"{", "[]", "3", "{}", R"({"weight_map": {}})", R"({"weight_map": []})"}) {
    const ShardedModel model;
    model.Write(kIndex, text);
    model.ExpectError("MODEL_INVALID", kIndex);
  }
}

}  // namespace
}  // namespace densenode
