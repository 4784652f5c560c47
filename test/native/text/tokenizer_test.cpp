// What the Tokenizer class promises beyond ids: limits, appending, invalid UTF-8, lookups, threads.
#include "text/tokenizer.h"

#include <gtest/gtest.h>

#include <thread>

#include "tokenizer_files.h"

namespace densenode {
namespace {

using Ids = std::vector<std::int32_t>;

// Runs `call` and returns the code of the error it throws, "" for none; the message must hold `part`.
template <typename Call>
std::string CodeOf(Call call, const std::string& part = "") {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    return ErrorCodeName(error.code());
  }
  return "";
}

TEST(Tokenizer, AppendsAndCounts) {
  const auto tokenizer = LoadFromJson(SmallTokenizerJson());
  Ids ids{-7}, type_ids{-8, -9};
  EXPECT_EQ(tokenizer->Encode("hello world", {}, &ids, &type_ids), 4u);
  EXPECT_EQ(ids, (Ids{-7, 2, 5, 6, 3}));
  EXPECT_EQ(type_ids, (Ids{-8, -9, 0, 0, 0, 0}));
  EXPECT_EQ(tokenizer->special_tokens_per_text(), 2u);
}

TEST(Tokenizer, MaxTokensCountsSpecialTokensAndGoesBeforeTheFile) {
  Json json = SmallTokenizerJson();
  json["truncation"] = {{"max_length", 3}, {"strategy", "LongestFirst"}, {"stride", 0}};
  const auto tokenizer = LoadFromJson(json);
  EXPECT_EQ(Encode(*tokenizer, "a b c"), (Ids{2, 10, 3}));
  EXPECT_EQ(Encode(*tokenizer, "a b c", true, 4), (Ids{2, 10, 11, 3}));
  EXPECT_EQ(Encode(*tokenizer, "a b c", true, 100), (Ids{2, 10, 11, 12, 3}));
  EXPECT_EQ(Encode(*tokenizer, "a b c", true, 2), (Ids{2, 3}));
  EXPECT_EQ(Encode(*tokenizer, "a b c", false, 1), (Ids{10}));
  EXPECT_EQ(Encode(*tokenizer, "a b c", false, 0), Ids{});
  EXPECT_EQ(Encode(*tokenizer, "a b c", true, static_cast<std::size_t>(-1)).size(), 5u);
  EXPECT_EQ(CodeOf([&] { Encode(*tokenizer, "a", true, 1); }, "at least 2"), "INVALID_ARGUMENT");
}

TEST(Tokenizer, StopsEarlyWithTheSameIds) {
  const auto tokenizer = LoadFromJson(SmallTokenizerJson());
  std::string text;
  for (int i = 0; i < 5000; ++i) text += i % 7 == 0 ? "[MASK] unaffable " : "cats ";
  const Ids all = Encode(*tokenizer, text, false);
  for (std::size_t limit : {0, 1, 511, 512, 513, 4999}) {
    EXPECT_EQ(Encode(*tokenizer, text, false, limit), Ids(all.begin(), all.begin() + limit));
  }
}

TEST(Tokenizer, OnlySecondCannotShortenASingleText) {
  Json json = SmallTokenizerJson();
  json["truncation"] = {{"max_length", 3}, {"strategy", "OnlySecond"}, {"stride", 0}};
  const auto tokenizer = LoadFromJson(json);
  EXPECT_EQ(Encode(*tokenizer, "a"), (Ids{2, 10, 3}));
  EXPECT_EQ(CodeOf([&] { Encode(*tokenizer, "a b"); }, "OnlySecond"), "INVALID_ARGUMENT");
}

TEST(Tokenizer, ReadsInvalidUtf8AsReplacementCharacters) {
  Json json = SmallTokenizerJson();
  json["normalizer"] = nullptr;
  json["model"]["vocab"]["\xEF\xBF\xBD"] = 90;
  const auto tokenizer = LoadFromJson(json);
  EXPECT_EQ(Encode(*tokenizer, "a \xFF b \xED\xA0\x80 \xE4\xBA", false),
            Encode(*tokenizer, "a � b ��� �", false));
  EXPECT_EQ(Encode(*tokenizer, "\x80", false), Ids{90});
}

TEST(Tokenizer, LooksTokensUp) {
  const auto tokenizer = LoadFromJson(SmallTokenizerJson());
  EXPECT_EQ(tokenizer->TokenToId("##aff"), 8);
  EXPECT_EQ(tokenizer->TokenToId("[MASK]"), 4);
  EXPECT_EQ(tokenizer->TokenToId("hell"), std::nullopt);
  EXPECT_EQ(tokenizer->TokenToId(""), std::nullopt);
  EXPECT_EQ(CodeOf([&] { tokenizer->Decode(Ids{5, 12345}, false); }, "12345"), "INVALID_ARGUMENT");
  EXPECT_EQ(CodeOf([&] { tokenizer->Decode(Ids{-1}, false); }), "INVALID_ARGUMENT");
  EXPECT_EQ(tokenizer->Decode(Ids{}, true), "");
}

TEST(Tokenizer, PadId) {
  Json json = SmallTokenizerJson();
  EXPECT_EQ(LoadFromJson(json)->pad_id(), 0);
  json["padding"] = {{"pad_id", 7}};
  EXPECT_EQ(LoadFromJson(json)->pad_id(), 7);
  json["padding"] = nullptr;
  json["added_tokens"] = Json::array();
  json["model"]["vocab"].erase("[PAD]");
  EXPECT_EQ(LoadFromJson(json)->pad_id(), 0);
  json["model"]["vocab"]["<pad>"] = 77;
  EXPECT_EQ(LoadFromJson(json)->pad_id(), 77);
}

TEST(Tokenizer, UnknownTokenIsNeededOnlyForUnknownWords) {
  Json json = SmallTokenizerJson();
  json["model"]["unk_token"] = "[NONE]";
  const auto tokenizer = LoadFromJson(json);
  EXPECT_EQ(Encode(*tokenizer, "hello", false), Ids{5});
  EXPECT_EQ(CodeOf([&] { Encode(*tokenizer, "zzz"); }, "[NONE]"), "TOKENIZER_INVALID");
}

// Words are cached by thread; tokenizers that know the same words by other ids must not meet there.
TEST(Tokenizer, TokenizersOnOneThreadDoNotMix) {
  Json json = SmallTokenizerJson();
  const auto first = LoadFromJson(json);
  for (auto& id : json["model"]["vocab"]) id = id.get<int>() + 1000;
  const auto second = LoadFromJson(json);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Encode(*first, "hello cats zzz", false), (Ids{5, 21, 1}));
    EXPECT_EQ(Encode(*second, "hello cats zzz", false), (Ids{1005, 1021, 1001}));
  }
}

TEST(Tokenizer, ManyThreadsGetTheSameIds) {
  const auto tokenizer = LoadFromJson(SmallTokenizerJson());
  const Json& texts = OfficialCases()["texts"];
  std::vector<Ids> expected;
  for (const Json& text : texts) expected.push_back(Encode(*tokenizer, text.get_ref<const std::string&>()));
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < 50; ++round) {
        for (std::size_t i = 0; i < texts.size(); ++i) {
          wrong[t] += Encode(*tokenizer, texts[i].get_ref<const std::string&>()) != expected[i];
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4));
}

TEST(Tokenizer, MissingFile) {
  EXPECT_EQ(CodeOf([] { Tokenizer::Load("/nonexistent/tokenizer.json"); }), "FILE_NOT_FOUND");
  EXPECT_EQ(
      CodeOf([] { Tokenizer::Load(std::filesystem::path(DENSENODE_SOURCE_DIR) / "test"); }, "tokenizer.json"),
      "FILE_NOT_FOUND");
}

// Ids by tokenizers 0.23.3.
TEST(Tokenizer, MiniLm) {
  const auto folder = std::filesystem::path(DENSENODE_THIRD_PARTY) / "models" / "all-MiniLM-L6-v2";
  if (!std::filesystem::exists(folder / "tokenizer.json")) GTEST_SKIP() << "all-MiniLM-L6-v2 is not set up";
  const auto tokenizer = Tokenizer::Load(folder);
  EXPECT_EQ(tokenizer->vocab_size(), 30522u);
  EXPECT_EQ(tokenizer->pad_id(), 0);
  EXPECT_EQ(Encode(*tokenizer, ""), (Ids{101, 102}));
  EXPECT_EQ(Encode(*tokenizer, "Hello, World!"), (Ids{101, 7592, 1010, 2088, 999, 102}));
  EXPECT_EQ(Encode(*tokenizer, "an instrument that measures the speed of wind"),
            (Ids{101, 2019, 6602, 2008, 5761, 1996, 3177, 1997, 3612, 102}));
  EXPECT_EQ(Encode(*tokenizer, "naïve café – 北京 [MASK] don't"),
            (Ids{101, 15743, 7668, 1516, 1781, 1755, 103, 2123, 1005, 1056, 102}));
  EXPECT_EQ(Encode(*tokenizer, "electroencephalographically"),
            (Ids{101, 16175, 10127, 21890, 21197, 20721, 3973, 102}));
  EXPECT_EQ(Encode(*tokenizer, "😀 ǅ ﬁ"), (Ids{101, 100, 100, 1984, 102}));
  EXPECT_EQ(tokenizer->Decode(Encode(*tokenizer, "Don't stop, now."), true), "don ' t stop, now.");
}

}  // namespace
}  // namespace densenode
