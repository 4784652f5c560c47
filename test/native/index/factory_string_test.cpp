#include "index/factory_string.h"

#include "index_fixture.h"

namespace densenode::test {
namespace {

TEST(FactoryString, HostileStringsAreRefused) {
  std::vector<std::string> hostile{"",
                                   ",",
                                   "Flat,",
                                   ",Flat",
                                   "flat",
                                   "Flat Flat",
                                   "IVF,Flat",
                                   "IVF0,Flat",
                                   "IVF99999999999999999999,Flat",
                                   "IVF16777217,Flat",
                                   "IVF8000000,Flat",
                                   "IVF99M,Flat",
                                   "IVF-5,Flat",
                                   "IVF10",
                                   "IVF10,",
                                   "IVF10,Nothing",
                                   "IVF10,Flat,Flat",
                                   "IVF4(Flat),Flat",
                                   "IVF4(IVF4,Flat),Flat",
                                   "IVF4((HNSW4)),Flat",
                                   "IVF4(HNSW4,Flat",
                                   "IVF4)HNSW4(,Flat",
                                   "IVF4(Index7),Flat",
                                   "HNSW1",
                                   "HNSW513",
                                   "HNSW99999999",
                                   "HNSW0",
                                   "HNSW_",
                                   "HNSW8,PQ7",
                                   "HNSW8,Flat,Flat",
                                   "PQ0",
                                   "PQ7",
                                   "PQ65",
                                   "PQ",
                                   "PQ8x0",
                                   "PQ8x17",
                                   "PQ8x24",
                                   "PQ8x4294967297",
                                   "PQ99999999999",
                                   "PQ8x4fs_31",
                                   "PQ8x4fs_64",
                                   "PQ8x4fs_2147483648",
                                   "PQ7x4fs",
                                   "PQ8x4fsr",
                                   "PCA65,Flat",
                                   "PCA0,Flat",
                                   "PCA,Flat",
                                   "PCA16",
                                   "OPQ7,PQ8",
                                   "OPQ8_65,Flat",
                                   "OPQ8_12,PQ8",
                                   "Pad63,Flat",
                                   "Pad65537,Flat",
                                   "Pad99999999999,Flat",
                                   "RR65,Flat",
                                   "Flat,RFlat,RFlat",
                                   "RFlat",
                                   "Flat,Refine()",
                                   "Flat,Refine(IVF4,Flat)",
                                   "Flat,Refine(PQ8",
                                   "IDMap,Flat",
                                   "Flat,IDMap2",
                                   "IMI2x12,Flat",
                                   "IMI2x99,Flat",
                                   std::string(129, 'F'),
                                   std::string(1 << 20, '('),
                                   std::string("Flat\0", 5),
                                   "Flat\n",
                                   "%s%n",
                                   "IVF10,Flat\xff",
                                   "Pad65536,Pad65536,OPQ65536,PQ65536x16"};
  for (const std::string& factory : hostile) {
    const std::string error = ErrorOf([&] { VectorIndex::Create({64, Metric::kL2, factory}); });
    EXPECT_TRUE(error.starts_with("INDEX_INVALID: ")) << factory.substr(0, 50) << ": " << error;
    EXPECT_LT(error.size(), 600u);
  }
}

TEST(FactoryString, KnownPartsThatAreNotOfferedAreNamed) {
  for (const char* factory : {"BFlat", "BIVF100", "BHNSW16", "BHash8", "NSG32", "NSG32,Flat", "LSH", "RQ8x8",
                              "LSQ8x8", "PRQ2x4x8", "ZnLattice4x10_4", "ITQ32,LSH", "MinMax,SQ8",
                              "SQ8_direct", "IVF10,FlatDedup", "IVF10,RQ8x8", "Residual8,PQ8", "RCQ2x8"}) {
    EXPECT_ERROR(VectorIndex::Create({64, Metric::kL2, factory}), ErrorCode::kIndexUnsupported, factory);
  }
}

TEST(FactoryString, FamiliesThatCannotScoreByTheMetricAreRefused) {
  for (const char* factory : {"PQ8", "SQ8", "IVF10,PQ8", "HNSW8,SQ8", "PCA16,Flat", "IVF10,Flat,RFlat",
                              "RaBitQ", "PQ8x4fs", "IVF10,SQfp16", "Flat,RFlat"}) {
    EXPECT_ERROR(VectorIndex::Create({64, Metric::kL1, factory}), ErrorCode::kIndexUnsupported, "l1");
  }
  EXPECT_ERROR(VectorIndex::Create({64, Metric::kInnerProduct, "HNSW8,PQ8"}), ErrorCode::kIndexUnsupported,
               "l2");
  EXPECT_ERROR(VectorIndex::Create({64, Metric::kCosine, "HNSW8_PQ8"}), ErrorCode::kIndexUnsupported, "l2");
  EXPECT_ERROR(VectorIndex::Create({64, Metric::kInnerProduct, "IMI2x4,Flat"}), ErrorCode::kIndexUnsupported,
               "l2");
}

// Every string made of the grammar's pieces in any order either builds or throws one of the two codes.
TEST(FactoryString, RandomStringsNeverEscape) {
  const std::vector<std::string> pieces{
      "Flat",  "IVF",     "HNSW", "PQ", "SQ8", "PCA", "OPQ",   "RR", "Pad", "L2norm", "IMI2x",      "RaBitQ",
      "RFlat", "Refine(", "(",    ")",  ",",   ",",   ",",     "_",  "x",   "4",      "8",          "16",
      "0",     "4fs",     "np",   "r",  "k",   "M",   "IDMap", "+",  "NSG", "LSH",    "99999999999"};
  std::mt19937 random(5);
  std::size_t built = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string factory;
    for (unsigned i = 0, n = 1 + random() % 9; i < n; ++i) factory += pieces[random() % pieces.size()];
    try {
      VectorIndex::Create({16, random() % 2 ? Metric::kL2 : Metric::kInnerProduct, factory});
      ++built;
    } catch (const Error& error) {
      EXPECT_TRUE(error.code() == ErrorCode::kIndexInvalid || error.code() == ErrorCode::kIndexUnsupported)
          << factory << ": " << error.what();
    }
  }
  EXPECT_GT(built, 20u);
}

}  // namespace
}  // namespace densenode::test
