// A tokenizer.json is not trusted: every broken one is an error that names the field, and none harms the
// process.
#include <gtest/gtest.h>

#include "tokenizer_files.h"

namespace densenode {
namespace {

struct Outcome {
  std::string code, message;
};

Outcome Load(std::string_view text) {
  try {
    const auto tokenizer = LoadFromText(text);
    Encode(*tokenizer, "hello unaffable [MASK] zzz \u00e9");
  } catch (const Error& error) {
    return {ErrorCodeName(error.code()), error.what()};
  }
  return {"", ""};
}

// `pointer` of the small tokenizer.json is set to `value`, or removed where value is discarded.
Outcome LoadChanged(const std::string& pointer, const Json& value) {
  Json json = SmallTokenizerJson();
  const Json::json_pointer where(pointer);
  if (value.is_discarded()) {
    json[where.parent_pointer()].erase(where.back());
  } else {
    json[where] = value;
  }
  return Load(json.dump());
}

const Json kRemoved = Json(Json::value_t::discarded);

TEST(TokenizerJson, SmallOneIsFine) { EXPECT_EQ(LoadChanged("/version", "1.0").code, ""); }

TEST(TokenizerJson, WrongFieldsAreNamed) {
  const std::vector<std::tuple<std::string, Json, std::string>> cases = {
      {"/version", "2.0", "version"},
      {"/version", 1, "version"},
      {"/model", kRemoved, "model is missing"},
      {"/model", 3, "model must be an object, got 3"},
      {"/model/type", 3, "model.type must be a string, got 3"},
      {"/model/vocab", kRemoved, "model.vocab is missing"},
      {"/model/vocab", Json::array({"a", "b"}), "model.vocab must be an object"},
      {"/model/vocab/hello", "5", "model.vocab[\"hello\"]"},
      {"/model/vocab/hello", -1, "model.vocab[\"hello\"]"},
      {"/model/vocab/hello", 1.5, "model.vocab[\"hello\"]"},
      {"/model/vocab/hello", 2147483648u,
       "model.vocab[\"hello\"] must be a token id in [0, 2^31), got 2147483648"},
      {"/model/vocab/hello", 18446744073709551615u, "model.vocab[\"hello\"]"},
      {"/model/vocab/hello", nullptr, "model.vocab[\"hello\"]"},
      {"/model/unk_token", kRemoved, "model.unk_token is missing"},
      {"/model/unk_token", nullptr, "model.unk_token must be a string, got null"},
      {"/model/unk_token", "absent", "model.unk_token \"absent\""},
      {"/model/continuing_subword_prefix", 2, "model.continuing_subword_prefix"},
      {"/model/max_input_chars_per_word", -100,
       "model.max_input_chars_per_word must be an integer >= 0, got -100"},
      {"/model/max_input_chars_per_word", 1e300, "model.max_input_chars_per_word"},
      {"/normalizer", "BertNormalizer", "normalizer must be an object"},
      {"/normalizer/type", kRemoved, "normalizer.type is missing"},
      {"/normalizer/lowercase", 3, "normalizer.lowercase must be a boolean, got 3"},
      {"/normalizer/clean_text", kRemoved, "normalizer.clean_text is missing"},
      {"/normalizer/strip_accents", "yes", "normalizer.strip_accents"},
      {"/normalizer", {{"type", "Sequence"}, {"normalizers", 1}}, "normalizer.normalizers must be an array"},
      {"/normalizer",
       {{"type", "Sequence"}, {"normalizers", {1}}},
       "normalizer.normalizers[0] must be an object"},
      {"/pre_tokenizer", Json::array(), "pre_tokenizer must be an object"},
      {"/pre_tokenizer", {{"type", "CharDelimiterSplit"}, {"delimiter", "ab"}}, "pre_tokenizer.delimiter"},
      {"/pre_tokenizer", {{"type", "Punctuation"}, {"behavior", "isolated"}}, "pre_tokenizer.behavior"},
      {"/post_processor/single", "[CLS] $A [SEP]", "post_processor.single must be an array"},
      {"/post_processor/single/0", "[CLS]", "post_processor.single[0]"},
      {"/post_processor/single/1/Sequence/id", "B", "post_processor.single[1].Sequence.id"},
      {"/post_processor/single/0/SpecialToken/id", "[X]", "post_processor.special_tokens.[X] is missing"},
      {"/post_processor/single/0/SpecialToken/type_id", -1, "post_processor.single[0].SpecialToken.type_id"},
      {"/post_processor/special_tokens/[CLS]/ids",
       {4294967296u},
       "post_processor.special_tokens.[CLS].ids[0]"},
      {"/post_processor/special_tokens/[CLS]/tokens", kRemoved, "post_processor.special_tokens.[CLS].tokens"},
      {"/post_processor",
       {{"type", "BertProcessing"}, {"cls", {"[CLS]"}}, {"sep", {"[SEP]", 3}}},
       "post_processor.cls"},
      {"/decoder/cleanup", "no", "decoder.cleanup"},
      {"/decoder/prefix", kRemoved, "decoder.prefix"},
      {"/added_tokens", "none", "added_tokens must be an array"},
      {"/added_tokens/0", 5, "added_tokens[0]"},
      {"/added_tokens/0/id", -1, "added_tokens[0].id"},
      {"/added_tokens/0/content", 7, "added_tokens[0].content"},
      {"/added_tokens/0/special", kRemoved, "added_tokens[0].special is missing"},
      {"/truncation",
       {{"max_length", "8"}, {"strategy", "LongestFirst"}, {"stride", 0}},
       "truncation.max_length"},
      {"/truncation",
       {{"max_length", 1}, {"strategy", "LongestFirst"}, {"stride", 0}},
       "truncation.max_length"},
      {"/truncation", {{"max_length", 8}, {"strategy", "Shortest"}, {"stride", 0}}, "truncation.strategy"},
      {"/truncation",
       {{"max_length", 8}, {"strategy", "OnlyFirst"}, {"stride", 0}, {"direction", "Up"}},
       "truncation.direction"},
      {"/padding", {{"pad_id", 4294967295u}}, "padding.pad_id"},
      {"/padding", Json::object(), "padding.pad_id is missing"},
  };
  for (const auto& [pointer, value, message] : cases) {
    const Outcome outcome = LoadChanged(pointer, value);
    EXPECT_EQ(outcome.code, "TOKENIZER_INVALID") << pointer << ": " << outcome.message;
    EXPECT_NE(outcome.message.find(message), std::string::npos) << pointer << ": " << outcome.message;
  }
}

TEST(TokenizerJson, WrongFieldsOfModelsAndPatternsAreNamed) {
  const Json unigram = {{"type", "Unigram"},
                        {"unk_id", 0},
                        {"vocab", Json::array({Json::array({"<unk>", 0}), Json::array({"a", -1.5})})}};
  const Json bpe = {{"type", "BPE"},
                    {"vocab", {{"a", 0}, {"b", 1}, {"ab", 2}}},
                    {"merges", Json::array({Json::array({"a", "b"})})}};
  const auto with = [](Json json, const std::string& pointer, const Json& value) {
    json[Json::json_pointer(pointer)] = value;
    return json;
  };
  const auto split = [](const Json& pattern) {
    return Json{{"type", "Split"}, {"pattern", pattern}, {"behavior", "Isolated"}, {"invert", false}};
  };
  const std::vector<std::tuple<std::string, Json, std::string>> cases = {
      {"/model", with(unigram, "/vocab", {{"a", 1}}), "model.vocab must be an array of [token, score]"},
      {"/model", with(unigram, "/vocab/1", {"a"}), "model.vocab[1] must be a pair of a token and its score"},
      {"/model", with(unigram, "/vocab/1", Json::array({"a", "b"})), "model.vocab[1]"},
      {"/model", with(unigram, "/unk_id", 2), "model.unk_id must be a position in model.vocab, got 2"},
      {"/model", with(unigram, "/unk_id", nullptr), "model.unk_id is missing"},
      {"/model", with(unigram, "/byte_fallback", "yes"), "model.byte_fallback"},
      {"/model", with(bpe, "/merges", "a b"), "model.merges must be an array"},
      {"/model", with(bpe, "/merges/0", {"a"}), "model.merges[0] must be a pair of tokens"},
      {"/model", with(bpe, "/merges/0", "a b c"), "model.merges[0] must be two tokens with a space between"},
      {"/model", with(bpe, "/merges/0", Json::array({"b", "a"})),
       "model.merges[0] must be a merge of tokens in model.vocab"},
      {"/model", with(bpe, "/continuing_subword_prefix", "###"), "the continuing_subword_prefix"},
      {"/normalizer",
       {{"type", "Precompiled"}, {"precompiled_charsmap", "?"}},
       "normalizer.precompiled_charsmap"},
      {"/normalizer",
       {{"type", "Precompiled"}, {"precompiled_charsmap", "/////w=="}},
       "precompiled_charsmap"},
      {"/normalizer",
       {{"type", "Replace"}, {"pattern", {{"Regex", "("}}}, {"content", ""}},
       "normalizer.pattern is not a regular"},
      {"/normalizer",
       {{"type", "Replace"}, {"pattern", "a"}, {"content", ""}},
       "normalizer.pattern must be an object"},
      {"/pre_tokenizer", split(Json::object()), "pre_tokenizer.pattern must be { \"String\": text }"},
      {"/pre_tokenizer", split({{"Regex", "\\p{Klingon}"}}),
       "pre_tokenizer.pattern is not a regular expression"},
      {"/pre_tokenizer", {{"type", "FixedLength"}, {"length", 0}}, "pre_tokenizer.length"},
      {"/pre_tokenizer", {{"type", "Metaspace"}, {"replacement", "__"}}, "pre_tokenizer.replacement"},
      {"/pre_tokenizer",
       {{"type", "Metaspace"}, {"replacement", "_"}, {"prepend_scheme", "last"}},
       "always, first or never"},
      {"/post_processor/pair/3/Sequence/id", "C", "post_processor.pair[3].Sequence.id"},
  };
  for (const auto& [pointer, value, message] : cases) {
    const Outcome outcome = LoadChanged(pointer, value);
    EXPECT_EQ(outcome.code, "TOKENIZER_INVALID") << pointer << ": " << outcome.message;
    EXPECT_NE(outcome.message.find(message), std::string::npos) << pointer << ": " << outcome.message;
  }
}

TEST(TokenizerJson, UnsupportedComponentsAreNamed) {
  const Json dropout = {
      {"type", "BPE"}, {"vocab", Json::object()}, {"merges", Json::array()}, {"dropout", 0.1}};
  const std::vector<std::tuple<std::string, Json, std::string>> cases = {
      {"/model/type", "Other",
       "model type \"Other\" is not supported; supported: BPE, Unigram, WordLevel, WordPiece"},
      {"/model", dropout, "model.dropout"},
      {"/normalizer", {{"type", "Other"}}, "normalizer type \"Other\""},
      {"/pre_tokenizer", {{"type", "Other"}}, "pre_tokenizer type \"Other\""},
      {"/post_processor", {{"type", "Other"}}, "post_processor type \"Other\""},
      {"/decoder",
       {{"type", "Sequence"}, {"decoders", {{{"type", "Other"}}}}},
       "decoder.decoders[0] type \"Other\""},
  };
  for (const auto& [pointer, value, message] : cases) {
    const Outcome outcome = LoadChanged(pointer, value);
    EXPECT_EQ(outcome.code, "TOKENIZER_UNSUPPORTED") << pointer << ": " << outcome.message;
    EXPECT_NE(outcome.message.find(message), std::string::npos) << outcome.message;
  }
}

TEST(TokenizerJson, AFolderWithAnotherFormSaysTheRemedy) {
  const test::TemporaryFolder folder;
  std::ofstream(folder / "spiece.model") << "x";
  EXPECT_ERROR(Tokenizer::Load(folder.path()), ErrorCode::kFileNotFound, "spiece.model alone is not enough");
  EXPECT_ERROR(Tokenizer::Load(folder.path()), ErrorCode::kFileNotFound, "save_pretrained");
}

TEST(TokenizerJson, NotJsonAtAll) {
  for (const char* text :
       {"{", "[]", "null", "3", "\"\xff\"", "{\"model\":", "{\"a\":\"\\ud800\"}", "\x00"}) {
    EXPECT_EQ(Load(text).code.substr(0, 5), text[0] == 0 ? "FILE_" : "TOKEN") << text;
  }
}

TEST(TokenizerJson, CutAnywhere) {
  const std::string whole = SmallTokenizerJson().dump();
  for (std::size_t length = 1; length < whole.size(); length += 7) {
    EXPECT_EQ(Load(std::string_view(whole).substr(0, length)).code, "TOKENIZER_INVALID") << length;
  }
}

// As the official library reads {"a": 0, "b": 1, "a": 7, "u": 3}: three tokens, the last "a".
TEST(TokenizerJson, OfMembersOfOneNameTheLastCounts) {
  const auto tokenizer = LoadFromText(
      R"({"version": "2.0", "version": "1.0", "added_tokens": [], "model": {"type": "WordLevel",
          "vocab": {"a": 0, "b": 1, "a": 7, "u": 3}, "unk_token": "b", "unk_token": "u"}})");
  EXPECT_EQ(tokenizer->vocab_size(), 3U);
  EXPECT_EQ(Encode(*tokenizer, "a"), std::vector<std::int32_t>{7});
  EXPECT_EQ(Encode(*tokenizer, "other"), std::vector<std::int32_t>{3});
  EXPECT_THROW(tokenizer->Decode(std::vector<std::int32_t>{0}, false), Error);
}

TEST(TokenizerJson, DeepNesting) {
  std::string arrays = "{\"model\":" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}";
  EXPECT_EQ(Load(arrays).code, "TOKENIZER_INVALID");
  Json sequence = {{"type", "Lowercase"}};
  for (int i = 0; i < 1000; ++i) sequence = {{"type", "Sequence"}, {"normalizers", {std::move(sequence)}}};
  const Outcome outcome = LoadChanged("/normalizer", sequence);
  EXPECT_EQ(outcome.code, "TOKENIZER_INVALID");
  EXPECT_NE(outcome.message.find("nested deeper"), std::string::npos) << outcome.message;
}

TEST(TokenizerJson, ReplacementsOfReplacementsDoNotTakeAllMemory) {
  const Json step = {
      {"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", std::string(1 << 20, 'a')}};
  Json json = SmallTokenizerJson();
  json["normalizer"] = {{"type", "Sequence"}, {"normalizers", {step, step}}};
  const auto tokenizer = LoadFromJson(json);
  EXPECT_ERROR(Encode(*tokenizer, "a", false), ErrorCode::kTokenizerInvalid, "a Replace makes a text longer");
}

TEST(TokenizerJson, HugeIdsAndTokensCostNothing) {
  Json json = SmallTokenizerJson();
  json["model"]["vocab"]["far"] = 2147483647;
  json["model"]["vocab"][std::string(1 << 20, 'q')] = 99;
  json["model"]["max_input_chars_per_word"] = 18446744073709551615u;
  const auto tokenizer = LoadFromJson(json);
  EXPECT_EQ(Encode(*tokenizer, "far", false), std::vector<std::int32_t>{2147483647});
  EXPECT_EQ(Encode(*tokenizer, std::string(1 << 20, 'q'), false), std::vector<std::int32_t>{99});
  EXPECT_EQ(tokenizer->Decode(std::vector<std::int32_t>{2147483647}, false), "far");
}

}  // namespace
}  // namespace densenode
