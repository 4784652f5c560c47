// Every component and many whole tokenizers against recorded answers of the official library.
#include <gtest/gtest.h>

#include "text/normalizer.h"
#include "text/pre_tokenizer.h"
#include "tokenizer_files.h"

namespace densenode {
namespace {

TEST(OfficialCases, Normalizers) {
  for (const Json& entry : OfficialCases()["normalizers"]) {
    const auto normalizer = Normalizer::FromJson(JsonField(entry["config"], "normalizer"));
    for (std::size_t i = 0; i < entry["expected"].size(); ++i) {
      const auto& text = OfficialCases()["texts"][i].get_ref<const std::string&>();
      std::string normal_text = "left from before";
      normalizer->Normalize(text, &normal_text);
      EXPECT_EQ(normal_text, entry["expected"][i]) << entry["config"] << " of \"" << text << "\"";
    }
  }
}

TEST(OfficialCases, PreTokenizers) {
  for (const Json& entry : OfficialCases()["pre_tokenizers"]) {
    const auto pre_tokenizer = PreTokenizer::FromJson(JsonField(entry["config"], "pre_tokenizer"));
    for (std::size_t i = 0; i < entry["expected"].size(); ++i) {
      const auto& text = OfficialCases()["texts"][i].get_ref<const std::string&>();
      std::vector<std::string_view> words;
      pre_tokenizer->Split(text, &words);
      EXPECT_EQ(Json(words), entry["expected"][i]) << entry["config"] << " of \"" << text << "\"";
    }
  }
}

TEST(OfficialCases, Tokenizers) {
  for (const Json& entry : OfficialCases()["cases"]) {
    Json json = SmallTokenizerJson();
    json.update(entry["changes"]);
    const auto tokenizer = LoadFromJson(json);
    EXPECT_EQ(tokenizer->vocab_size(), entry["vocab_size"]) << entry["name"];
    for (const Json& row : entry["rows"]) {
      SCOPED_TRACE(entry["name"].dump() + ": " + row["text"].dump());
      const auto& text = row["text"].get_ref<const std::string&>();
      std::vector<std::int32_t> ids, type_ids;
      const std::size_t count = tokenizer->Encode(text, {}, &ids, &type_ids);
      EXPECT_EQ(count, ids.size());
      EXPECT_EQ(Json(ids), row["ids"]);
      EXPECT_EQ(Json(type_ids), row["type_ids"]);
      EXPECT_EQ(Json(Encode(*tokenizer, text, false)), row["bare_ids"]);
      EXPECT_EQ(tokenizer->Decode(ids, false), row["decoded"]);
      EXPECT_EQ(tokenizer->Decode(ids, true), row["decoded_bare"]);
    }
  }
}

}  // namespace
}  // namespace densenode
