// Reference matrices that sentence-transformers made (test/fixtures/*.py record versions and settings).
#pragma once

#include <immintrin.h>

#include "encoder_test_support.h"

namespace densenode {

struct ReferenceSet {
  std::size_t rows = 0, columns = 0;
  std::vector<float> values;
  std::vector<std::size_t> texts;  // row i is text texts[i]
  Json settings;
  const float* row(std::size_t i) const { return values.data() + i * columns; }
};

class Reference {
 public:
  explicit Reference(fs::path folder) : folder_(std::move(folder)) {
    manifest_ = ReadJsonFile(folder_ / "manifest.json", ErrorCode::kFileCorrupt);
    const std::string texts = manifest_["texts"]["file"];
    texts_ = ReadJsonFile(folder_ / texts, ErrorCode::kFileCorrupt).get<std::vector<std::string>>();
  }

  ReferenceSet Read(const std::string& name) const {
    const Json& entry = manifest_["sets"].at(name);
    ReferenceSet set;
    set.rows = entry["rows"];
    set.columns = entry["columns"];
    set.settings = entry["settings"];
    set.values.resize(set.rows * set.columns);
    std::ifstream in(folder_ / entry["file"].get<std::string>(), std::ios::binary);
    if (entry["dtype"] == "float16") {
      std::vector<std::uint16_t> halves(set.values.size());
      in.read(reinterpret_cast<char*>(halves.data()), static_cast<std::streamsize>(2 * halves.size()));
      for (std::size_t i = 0; i < halves.size(); ++i) set.values[i] = _cvtsh_ss(halves[i]);
    } else {
      in.read(reinterpret_cast<char*>(set.values.data()),
              static_cast<std::streamsize>(4 * set.values.size()));
    }
    EXPECT_TRUE(in.good()) << name;
    if (entry.contains("texts")) {
      set.texts = entry["texts"].get<std::vector<std::size_t>>();
    } else {
      for (std::size_t i = 0; i < set.rows; ++i) set.texts.push_back(i);
    }
    return set;
  }

  const Json& manifest() const { return manifest_; }
  const std::vector<std::string>& texts() const { return texts_; }
  std::vector<std::string> Texts(const ReferenceSet& set) const {
    std::vector<std::string> chosen;
    for (const std::size_t i : set.texts) chosen.push_back(texts_[i]);
    return chosen;
  }

 private:
  fs::path folder_;
  Json manifest_;
  std::vector<std::string> texts_;
};

// Every row of `values` has at least this cosine to its reference. Types of fewer bits do not keep its length
// to a thousandth.
inline void ExpectCosines(const ReferenceSet& set, const std::vector<float>& values, double least_cosine) {
  ASSERT_EQ(values.size(), set.values.size());
  for (std::size_t row = 0; row < set.rows; ++row)
    EXPECT_GE(Cosine(values.data() + row * set.columns, set.row(row), set.columns), least_cosine) << row;
}

// Every row of `values` has at least this cosine to its reference, and about its length.
inline void ExpectLikeReference(const ReferenceSet& set, const std::vector<float>& values,
                                double least_cosine, const std::string& what) {
  ASSERT_EQ(values.size(), set.values.size()) << what;
  double least = 1;
  for (std::size_t i = 0; i < set.rows; ++i) {
    const float* row = values.data() + i * set.columns;
    least = std::min(least, Cosine(row, set.row(i), set.columns));
    double mine = 0, theirs = 0;
    for (std::size_t d = 0; d < set.columns; ++d) {
      mine += double{row[d]} * row[d];
      theirs += double{set.row(i)[d]} * set.row(i)[d];
    }
    ASSERT_NEAR(std::sqrt(mine / theirs), 1.0, 1e-3) << what << " row " << i;
  }
  EXPECT_GE(least, least_cosine) << what;
  testing::Test::RecordProperty(what + "_lowest_cosine", std::to_string(least));
}

}  // namespace densenode
