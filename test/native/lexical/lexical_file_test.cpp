// Files that come back as they were, and files that must be refused.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>
#include <functional>
#include <random>

#include "lexical_fixture.h"

namespace densenode::test {
namespace {

Scoring::Options Tfidf() {
  Scoring::Options scoring;
  scoring.kind = Scoring::Kind::kTfidf;
  scoring.sublinear_tf = true;
  return scoring;
}

class LexicalFile : public testing::Test {
 protected:
  // Two segments with removals and ids out of order.
  static std::shared_ptr<LexicalIndex> Filled(LexicalIndex::Options options) {
    const auto index = LexicalIndex::Create(std::move(options));
    std::vector<std::string> texts;
    std::vector<std::int64_t> ids;
    for (int i = 0; i < 300; ++i) {
      std::string text = "The word";
      texts.push_back(
          text.append(std::to_string(i % 7)).append(" running word").append(std::to_string(i % 31)));
      ids.push_back((i * 7919) % 300 + (std::int64_t{1} << 40));
    }
    Add(index, texts, ids);
    Add(index, {"a rare café", "", "word3 word3 word3"});
    index->Remove(std::vector<std::int64_t>{ids[3], ids[30], ids[4]});
    return index;
  }
  TemporaryFolder folder_;
  const std::vector<std::string> queries_{"word3 runs", "rare CAFÉ", "the", "word30 word6 word2"};
};

TEST_F(LexicalFile, ComesBackAsItWas) {
  LexicalIndex::Options english;
  english.scoring.variant = Bm25Variant::kBm25L;
  english.scoring.k1 = 0.1 + 0.2;
  english.analyzer.stemmer = "english";
  english.analyzer.stopwords = {"the", "\"quoted\""};
  english.analyzer.min_token_length = 2;
  for (const auto& options : {english, Plain(Tfidf())}) {
    const auto index = Filled(options);
    const auto path = folder_ / "index.dn";
    index->Save(path);
    EXPECT_EQ(folder_.files(), 1) << "no temporary file remains";
    const auto opened = LexicalIndex::Open(path, options.scoring.kind);
    EXPECT_EQ(opened->count(), index->count());
    EXPECT_EQ(opened->scoring().options().k1, options.scoring.k1);
    EXPECT_EQ(opened->scoring().options().variant, options.scoring.variant);
    EXPECT_EQ(opened->scoring().options().sublinear_tf, options.scoring.sublinear_tf);
    EXPECT_EQ(opened->analyzer().options().stopwords, options.analyzer.stopwords);
    EXPECT_EQ(opened->analyzer().options().min_token_length, options.analyzer.min_token_length);
    const Hits before = Search(index, queries_, 50), after = Search(opened, queries_, 50);
    EXPECT_EQ(before.ids, after.ids);
    EXPECT_EQ(before.scores, after.scores);
    EXPECT_NE(before.ids[0], -1);
    EXPECT_ERROR(Add(opened, {"x"}, {before.ids[0]}), ErrorCode::kInvalidArgument, "already in the index");
    Add(opened, {"zebra"});
    EXPECT_EQ(Search(opened, {"zebra"}, 1).ids[0], (std::int64_t{1} << 40) + 303) << "the next id is kept";
    opened->Save(path);
    EXPECT_EQ(LexicalIndex::Open(path, options.scoring.kind)->count(), index->count() + 1);
  }
}

TEST_F(LexicalFile, OfAnEmptyIndex) {
  LexicalIndex::Create(Plain())->Save(folder_ / "empty.dn");
  const auto opened = LexicalIndex::Open(folder_ / "empty.dn", Scoring::Kind::kBm25);
  EXPECT_EQ(opened->count(), 0u);
  Add(opened, {"a"});
  EXPECT_EQ(Search(opened, {"a"}, 1).ids[0], 0);
}

TEST_F(LexicalFile, OfAnotherKindIsRefused) {
  const auto path = folder_ / "tfidf.dn";
  Filled(Plain(Tfidf()))->Save(path);
  EXPECT_ERROR(LexicalIndex::Open(path, Scoring::Kind::kBm25), ErrorCode::kFileCorrupt,
               "holds an index for tfidf, not for bm25");
  EXPECT_ERROR(LexicalIndex::Open(folder_ / "none.dn", Scoring::Kind::kBm25), ErrorCode::kFileNotFound,
               "none.dn");
  WriteFile(path, "hello, this is no index");
  EXPECT_ERROR(LexicalIndex::Open(path, Scoring::Kind::kBm25), ErrorCode::kFileCorrupt, "first bytes");
  EXPECT_ERROR(LexicalIndex::Create(Plain())->Save(folder_ / "no" / "such.dn"), ErrorCode::kFileWriteFailed,
               "such.dn");
}

// The container of native/common/container.h, taken apart and put together with right checksums.
struct File {
  explicit File(const std::string& contents) {
    std::uint32_t sections;
    std::memcpy(&sections, contents.data() + 12, 4);
    EXPECT_EQ(sections, 2u);
    for (std::size_t i = 0; i < 2; ++i) {
      std::uint64_t place[2];
      std::memcpy(place, contents.data() + 32 + i * 32 + 8, 16);
      parts[i] = contents.substr(place[0], place[1]);
    }
    header = contents.substr(0, 256);
  }
  std::string Joined() const {
    std::string text = header;
    for (std::size_t i = 0; i < 2; ++i) {
      text.resize((text.size() + 63) / 64 * 64);
      const std::uint64_t entry[3] = {text.size(), parts[i].size(),
                                      XXH3_64bits(parts[i].data(), parts[i].size())};
      std::memcpy(text.data() + 32 + i * 32 + 8, entry, 24);
      text += parts[i];
    }
    const std::uint64_t size = text.size(), zero = 0;
    std::memcpy(text.data() + 16, &size, 8);
    std::memcpy(text.data() + 24, &zero, 8);
    const std::uint64_t checksum = XXH3_64bits(text.data(), 256);
    std::memcpy(text.data() + 24, &checksum, 8);
    return text;
  }
  std::string header, parts[2];  // "meta", "segments"
};

class HostileFile : public LexicalFile {
 protected:
  void SetUp() override {
    Filled(Plain())->Save(path_);
    good_ = ReadFile(path_);
    ASSERT_EQ(File(good_).Joined(), good_);
  }
  // Refused, or opened as something that can be searched and saved: never a crash, never gigabytes.
  void ExpectNoHarm(const std::string& contents) {
    WriteFile(path_, contents);
    try {
      const auto index = LexicalIndex::Open(path_, Scoring::Kind::kBm25);
      Search(index, queries_, 10);
      index->Save(folder_ / "again.dn");
      ++opened_;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kFileCorrupt) << error.what();
      ++refused_;
    }
  }
  void ExpectRefused(const std::string& contents, const std::string& reason) {
    WriteFile(path_, contents);
    EXPECT_ERROR(LexicalIndex::Open(path_, Scoring::Kind::kBm25), ErrorCode::kFileCorrupt, reason);
  }

  const std::filesystem::path path_ = folder_ / "index.dn";
  std::string good_;
  int opened_ = 0, refused_ = 0;
};

TEST_F(HostileFile, CutAndFlippedOnesAreRefused) {
  for (std::size_t size = 0; size < good_.size(); size += size < 300 ? 7 : 401)
    ExpectNoHarm(good_.substr(0, size));
  std::mt19937 random(5);
  for (int i = 0; i < 300; ++i) {
    std::string flipped = good_;
    flipped[random() % flipped.size()] ^= static_cast<char>(1 << random() % 8);
    ExpectNoHarm(flipped);
  }
  EXPECT_EQ(opened_, 0);
  EXPECT_GT(refused_, 300);
}

TEST_F(HostileFile, DamageBehindRightChecksumsDoesNoHarm) {
  std::mt19937 random(6);
  for (int i = 0; i < 1000; ++i) {
    File file(good_);
    std::string& part = file.parts[i % 8 == 0 ? 0 : 1];
    switch (random() % 4) {
      case 0:
        part.resize(random() % part.size());
        break;
      case 1: {  // a large number somewhere; half of them in the sizes at the front
        const std::uint64_t value = ~std::uint64_t{0} >> random() % 64;
        const std::size_t at = random() % 2 == 0 ? random() % 40 / 8 * 8 : random() % (part.size() - 8);
        std::memcpy(part.data() + at, &value, 8);
        break;
      }
      case 2:
        part.append(random() % 100, static_cast<char>(random()));
        break;
      default:
        part[random() % part.size()] ^= static_cast<char>(1 << random() % 8);
    }
    ExpectNoHarm(file.Joined());
  }
  EXPECT_GT(refused_, 700);
}

TEST_F(HostileFile, EachContradictionIsNamed) {
  struct Counts {
    std::uint64_t documents, classes, terms, term_bytes, postings;
  } counts;
  const auto changed = [&](std::size_t at, const void* bytes, std::size_t size) {
    File file(good_);
    std::memcpy(file.parts[1].data() + at, bytes, size);
    return file.Joined();
  };
  std::memcpy(&counts, File(good_).parts[1].data(), sizeof counts);
  const std::size_t ids = sizeof counts, lengths = ids + counts.documents * 8,
                    classes = lengths + counts.documents * 4, ends = classes + counts.classes * 8,
                    bytes = ends + counts.terms * 4, begins = bytes + counts.term_bytes,
                    documents = begins + (counts.terms + 1) * 4, codes = documents + counts.postings * 2;
  const auto with_count = [&](std::uint64_t Counts::*field, std::uint64_t value) {
    Counts other = counts;
    other.*field = value;
    return changed(0, &other, sizeof other);
  };
  ExpectRefused(with_count(&Counts::documents, 0), "impossible size");
  ExpectRefused(with_count(&Counts::documents, 65537), "impossible size");
  ExpectRefused(with_count(&Counts::documents, ~0ull), "impossible size");
  ExpectRefused(with_count(&Counts::classes, 65537), "impossible size");
  ExpectRefused(with_count(&Counts::terms, ~0ull), "impossible size");
  ExpectRefused(with_count(&Counts::postings, ~0ull), "impossible size");
  ExpectRefused(with_count(&Counts::term_bytes, ~0ull), "cut within a segment");
  ExpectRefused(with_count(&Counts::classes, 65536), "cut within a segment");
  const std::int64_t bad_id = -1, twice = (std::int64_t{1} << 40);
  ExpectRefused(changed(ids, &bad_id, 8), "ids out of their range");
  ExpectRefused(changed(ids + 8, &twice, 8), "an id twice");
  const std::uint32_t large = 0xFFFFFFFF, zero = 0;
  ExpectRefused(changed(lengths, &large, 4), "impossible counts");
  ExpectRefused(changed(classes, &zero, 4), "impossible counts");
  ExpectRefused(changed(classes, &large, 4), "another length");
  ExpectRefused(changed(ends, &large, 4), "words that do not lie");
  ExpectRefused(changed(bytes, "\xff", 1), "words out of order");
  ExpectRefused(changed(begins, &large, 4), "lists that do not fit");
  ExpectRefused(changed(begins + 4, &large, 4), "lists that do not fit");
  ExpectRefused(changed(documents, &large, 2), "documents out of order");
  ExpectRefused(changed(codes, &large, 2), "impossible counts");
}

TEST_F(HostileFile, DescriptionsAreChecked) {
  const auto with = [&](const std::function<void(Json&)>& change) {
    File file(good_);
    Json meta = Json::parse(file.parts[0]);
    change(meta);
    file.parts[0] = meta.dump();
    return file.Joined();
  };
  ExpectRefused(with([](Json& meta) { meta["kind"] = "vector-index"; }), "does not hold a lexical index");
  ExpectRefused(with([](Json& meta) { meta.erase("nextId"); }), "not complete");
  ExpectRefused(with([](Json& meta) { meta["scoring"] = 5; }), "not complete");
  ExpectRefused(with([](Json& meta) { meta["scoring"]["variant"] = "bm26"; }), "cannot make");
  ExpectRefused(with([](Json& meta) { meta["scoring"]["b"] = 2; }), "cannot make");
  ExpectRefused(with([](Json& meta) { meta["analyzer"]["stemmer"] = "klingon"; }), "cannot make");
  ExpectRefused(with([](Json& meta) { meta["count"] = 5; }), "not what its description says");
  ExpectRefused(with([](Json& meta) { meta["nextId"] = 5; }), "ids out of their range");
  ExpectRefused(with([](Json& meta) { meta["nextId"] = -5; }), "ids out of their range");
}

}  // namespace
}  // namespace densenode::test
