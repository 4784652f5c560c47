#include "lexical/scoring.h"

#include <array>
#include <cmath>

#include "common/error.h"

namespace densenode {
namespace {

constexpr std::array<const char*, 5> kVariantNames{"lucene", "robertson", "atire", "bm25l", "bm25+"};
constexpr std::array<const char*, 2> kKindNames{"bm25", "tfidf"};

template <typename Enum, std::size_t kCount>
Enum Parse(std::string_view name, const std::array<const char*, kCount>& names, const char* option) {
  std::string known;
  for (std::size_t i = 0; i < kCount; ++i) {
    if (name == names[i]) return static_cast<Enum>(i);
    known += (i == 0 ? "" : ", ") + std::string(names[i]);
  }
  Fail(ErrorCode::kInvalidArgument, option, ": expected one of ", known, ", got ", name);
}

}  // namespace

Scoring::Scoring(const Options& options) : options_(options) {
  if (!(std::isfinite(options.k1) && options.k1 >= 0))
    Fail(ErrorCode::kInvalidArgument, "k1: expected a number of at least 0, got ", options.k1);
  if (!(options.b >= 0 && options.b <= 1))
    Fail(ErrorCode::kInvalidArgument, "b: expected a number from 0 to 1, got ", options.b);
  if (!(std::isfinite(options.delta) && options.delta >= 0))
    Fail(ErrorCode::kInvalidArgument, "delta: expected a number of at least 0, got ", options.delta);
}

double Scoring::Idf(double df, double count) const {
  if (options_.kind == Kind::kTfidf) return std::log((1 + count) / (1 + df)) + 1;
  switch (options_.variant) {
    case Bm25Variant::kLucene:
      return std::log1p((count - df + 0.5) / (df + 0.5));
    case Bm25Variant::kRobertson:
      return std::fmax(0, std::log((count - df + 0.5) / (df + 0.5)));
    case Bm25Variant::kAtire:
      return std::log(count / df);
    case Bm25Variant::kBm25L:
      return std::log((count + 1) / (df + 0.5));
    case Bm25Variant::kBm25Plus:
      return std::log((count + 1) / df);
  }
  return 0;
}

// length_ratio: 1 - b + b * length / average.
double Scoring::Saturated(double tf, double length_ratio) const {
  const double k1 = options_.k1, delta = options_.delta;
  switch (options_.variant) {
    case Bm25Variant::kLucene:
    case Bm25Variant::kRobertson:
      return tf / (tf + k1 * length_ratio);
    case Bm25Variant::kAtire:
      return (k1 + 1) * tf / (tf + k1 * length_ratio);
    case Bm25Variant::kBm25L: {
      const double c = tf / length_ratio + delta;
      return k1 + c == 0 ? 0 : (k1 + 1) * c / (k1 + c);
    }
    case Bm25Variant::kBm25Plus:
      return delta + (k1 + 1) * tf / (tf + k1 * length_ratio);
  }
  return 0;
}

double Scoring::Impact(double tf, double length, double average_length) const {
  if (options_.kind == Kind::kTfidf) return options_.sublinear_tf ? 1 + std::log(tf) : tf;
  return Saturated(tf, 1 - options_.b + options_.b * length / average_length) - Absent();
}

double Scoring::Absent() const {
  if (options_.kind == Kind::kTfidf) return 0;
  if (options_.variant == Bm25Variant::kBm25Plus) return options_.delta;
  return options_.variant == Bm25Variant::kBm25L ? Saturated(0, 1) : 0;
}

const char* Bm25VariantName(Bm25Variant variant) { return kVariantNames[static_cast<std::size_t>(variant)]; }
Bm25Variant ParseBm25Variant(std::string_view name) {
  return Parse<Bm25Variant>(name, kVariantNames, "variant");
}
const char* ScoringKindName(Scoring::Kind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }
Scoring::Kind ParseScoringKind(std::string_view name) {
  return Parse<Scoring::Kind>(name, kKindNames, "scoring");
}

}  // namespace densenode
