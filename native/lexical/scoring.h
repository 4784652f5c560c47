// What a word adds to the score of a document: the variants of BM25, and TF-IDF with cosine.
//
// Every score here has the form norm(d) * sum over words t of weight(t, query) * impact(tf, length of d) +
// constant: `impact` does not depend on the word, so it is computed once for each pair (tf, length) that
// occurs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace densenode {

// Kamphuis, de Vries, Boytsov and Lin, "Which BM25 Do You Mean?", ECIR 2020, as the package bm25s has them.
enum class Bm25Variant { kLucene, kRobertson, kAtire, kBm25L, kBm25Plus };

class Scoring {
 public:
  enum class Kind { kBm25, kTfidf };
  struct Options {
    Kind kind = Kind::kBm25;
    Bm25Variant variant = Bm25Variant::kLucene;
    double k1 = 1.2, b = 0.75, delta = 0.5;
    bool sublinear_tf = false;  // of TF-IDF: 1 + ln(tf) in the place of tf
  };

  // Throws INVALID_ARGUMENT for a parameter out of its range.
  explicit Scoring(const Options& options);
  const Options& options() const { return options_; }

  // Of a word that `df` >= 1 of `count` documents have.
  double Idf(double df, double count) const;
  // Of a word that stands `tf` times in a document of `length` words; without what every document gets
  // (Absent).
  double Impact(double tf, double length, double average_length) const;
  // What a document without the word gets, as a share of its idf: 0 but for bm25l and bm25+.
  double Absent() const;
  // Documents have norms: cosine.
  bool normalizes() const { return options_.kind == Kind::kTfidf; }

 private:
  double Saturated(double tf, double length_ratio) const;
  Options options_;
};

const char* Bm25VariantName(Bm25Variant variant);       // "lucene", ..., "bm25+"
Bm25Variant ParseBm25Variant(std::string_view name);    // throws INVALID_ARGUMENT with the list of names
const char* ScoringKindName(Scoring::Kind kind);        // "bm25", "tfidf"
Scoring::Kind ParseScoringKind(std::string_view name);  // throws INVALID_ARGUMENT

}  // namespace densenode
