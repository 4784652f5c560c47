#include <array>
#include <cmath>

#include "index/faiss_format/families.h"
#include "index/vectors.h"

namespace densenode::faiss_format {
namespace {

constexpr std::size_t kMostBits = 16;

struct ScalarType {
  std::int32_t type;  // faiss::ScalarQuantizer::QuantizerType
  const char* factory;
  std::size_t bits;
  bool has_ranges;  // learned: least value and width of each dimension
};
constexpr ScalarType kScalarTypes[] = {
    {0, "SQ8", 8, true},      {1, "SQ4", 4, true},      {6, "SQ6", 6, true},
    {4, "SQfp16", 16, false}, {7, "SQbf16", 16, false},
};
constexpr std::int32_t kMostScalarType = 8, kMostRangeStatistic = 3;

// What FAISS keeps with each code, for the distance: two floats.
constexpr std::size_t kRaBitFactorBytes = 8;

}  // namespace

Quantizer ReadProductQuantizer(Cursor& cursor, std::size_t dimension) {
  const auto own_dimension = cursor.Read<std::uint64_t>();
  const auto subvectors = cursor.Read<std::uint64_t>();
  const auto bits = cursor.Read<std::uint64_t>();
  cursor.Require(own_dimension == dimension, "a product quantizer of another dimension");
  cursor.Require(subvectors >= 1 && subvectors <= dimension && dimension % subvectors == 0,
                 "a product quantizer of ", subvectors, " sub-vectors");
  cursor.Require(bits >= 1 && bits <= kMostBits, "a product quantizer of ", bits, " bits");
  const auto centroids = cursor.Array<float>(dimension << bits, "centroids");
  // Sorting distances that are not numbers goes wrong in a multi-index.
  for (std::size_t i = 0; i < centroids.size(); ++i) {
    cursor.Require(std::abs(centroids[i]) <= std::sqrt(kMostSquaredNorm),
                   "a centroid that is no finite number");
  }
  Quantizer quantizer;
  quantizer.subvectors = subvectors;
  quantizer.bits = bits;
  quantizer.code_size = (subvectors * bits + 7) / 8;
  quantizer.factory = Numbered("PQ", subvectors);
  if (bits != 8) quantizer.factory += Numbered("x", bits);
  return quantizer;
}

Quantizer ReadScalarQuantizer(Cursor& cursor, std::size_t dimension, bool trained) {
  const auto type = cursor.Read<std::int32_t>();
  const auto statistic = cursor.Read<std::int32_t>();
  cursor.Read<float>();  // the statistic's argument, which only training uses
  const auto own_dimension = cursor.Read<std::uint64_t>();
  const auto code_size = cursor.Read<std::uint64_t>();
  cursor.Require(type >= 0 && type <= kMostScalarType, "a scalar quantizer of an unknown type");
  const ScalarType* found = nullptr;
  for (const ScalarType& known : kScalarTypes) {
    if (known.type == type) found = &known;
  }
  cursor.Offer(found != nullptr, "a scalar quantizer of FAISS's type ", type);
  cursor.Require(statistic >= 0 && statistic <= kMostRangeStatistic,
                 "a scalar quantizer of an unknown statistic");
  cursor.Require(own_dimension == dimension, "a scalar quantizer of another dimension");
  Quantizer quantizer;
  quantizer.code_size = (dimension * found->bits + 7) / 8;
  quantizer.factory = found->factory;
  cursor.Require(code_size == quantizer.code_size, "a scalar quantizer of another code size");
  cursor.Array<float>(found->has_ranges && trained ? 2 * dimension : 0, "ranges");
  return quantizer;
}

Quantizer ReadRaBitQuantizer(Cursor& cursor, const Contents& index) {
  const auto dimension = cursor.Read<std::uint64_t>();
  const auto code_size = cursor.Read<std::uint64_t>();
  const auto metric = cursor.Read<std::int32_t>();
  Quantizer quantizer;
  quantizer.code_size = (index.dimension + 7) / 8 + kRaBitFactorBytes;
  quantizer.factory = "RaBitQ";
  cursor.Require(dimension == index.dimension && code_size == quantizer.code_size && metric == index.metric,
                 "a RaBitQ quantizer that is not of its kind");
  return quantizer;
}

}  // namespace densenode::faiss_format
