// Every component and many whole tokenizers against recorded answers of the official library.
#include <gtest/gtest.h>

#include "text/decoder.h"
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
      Words words;
      if (!text.empty()) pre_tokenizer->Split(text, true, &words);
      EXPECT_EQ(Json(words.list), entry["expected"][i]) << entry["config"] << " of \"" << text << "\"";
    }
  }
}

TEST(OfficialCases, Decoders) {
  for (const Json& entry : OfficialCases()["decoders"]) {
    const auto decoder = Decoder::FromJson(JsonField(entry["config"], "decoder"));
    for (std::size_t i = 0; i < entry["expected"].size(); ++i) {
      const Json& given = OfficialCases()["tokens"][i];
      auto tokens = given.get<std::vector<std::string>>();
      decoder->Decode(&tokens);
      std::string text;
      for (const std::string& token : tokens) text += token;
      EXPECT_EQ(text, entry["expected"][i]) << entry["config"] << " of " << given;
    }
  }
}

TEST(OfficialCases, Pairs) {
  for (const Json& entry : OfficialCases()["pairs"]) {
    Json json = SmallTokenizerJson();
    json.update(entry["changes"]);
    const auto tokenizer = LoadFromJson(json);
    for (const Json& row : entry["rows"]) {
      SCOPED_TRACE(entry["name"].dump() + ": " + row["pair"].dump());
      const auto& first = row["pair"][0].get_ref<const std::string&>();
      const auto& second = row["pair"][1].get_ref<const std::string&>();
      std::vector<std::int32_t> ids, type_ids, bare_ids, bare_type_ids;
      try {
        tokenizer->EncodePair(first, second, {}, &ids, &type_ids);
        tokenizer->EncodePair(first, second, {false, std::nullopt}, &bare_ids, &bare_type_ids);
      } catch (const Error& error) {
        EXPECT_EQ(row["ids"], nullptr) << error.what();
        EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
        continue;
      }
      EXPECT_EQ(Json(ids), row["ids"]);
      EXPECT_EQ(Json(type_ids), row["type_ids"]);
      EXPECT_EQ(Json(bare_ids), row["bare_ids"]);
      EXPECT_EQ(Json(bare_type_ids), row["bare_type_ids"]);
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
