// Files of VectorIndex, densenode's container and FAISS's own without one, of BinaryIndex and of SparseIndex.
#include <omp.h>

#include <array>
#include <random>

#include "../temporary_folder.h"
#include "common/error.h"
#include "container_repair.h"
#include "index/binary_index.h"
#include "index/sparse_index.h"
#include "index/vector_index.h"
#include "target.h"

namespace densenode::fuzz {
namespace {

constexpr std::size_t kDimension = 8, kVectors = 70, kTrained = 300;

std::vector<float> Vectors(std::size_t count) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> values(count * kDimension);
  for (float& value : values) value = normal(random);
  return values;
}

// One of every family, with and without ids of its own.
std::vector<std::shared_ptr<VectorIndex>> MakeIndexes() {
  omp_set_num_threads(1);
  std::vector<std::shared_ptr<VectorIndex>> indexes;
  const auto values = Vectors(kTrained);
  for (const char* factory : {"Flat",
                              "SQ8",
                              "SQ6",
                              "SQfp16",
                              "PQ4x4",
                              "PQ4x4fs",
                              "RaBitQ",
                              "HNSW4",
                              "HNSW4,SQ8",
                              "HNSW4,PQ4x4",
                              "IVF4,Flat",
                              "IVF4_HNSW4,SQ4",
                              "IVF4,PQ4x4",
                              "IVF4,PQ4x4fsr",
                              "IVF4,RaBitQ",
                              "IMI2x2,PQ4x4",
                              "PCAR4,SQ8",
                              "OPQ2_4,IVF4,PQ2x4",
                              "RR,Pad12,L2norm,Flat",
                              "PCAR4,HNSW4",
                              "SQ8,RFlat",
                              "IVF4,PQ4x4fs,Refine(SQ8)"}) {
    const auto index = VectorIndex::Create({kDimension, Metric::kL2, factory});
    index->Train(values);
    std::vector<std::int64_t> ids;
    for (std::size_t i = 0; indexes.size() % 2 == 1 && i < kVectors; ++i)
      ids.push_back(static_cast<std::int64_t>(900 - 3 * i));
    index->Add(std::span(values).first(kVectors * kDimension), ids);
    indexes.push_back(index);
  }
  indexes.push_back(VectorIndex::Create({kDimension, Metric::kCosine, "IVF4,Flat"}));  // not trained
  indexes.push_back(VectorIndex::Create({kDimension, Metric::kL1, "HNSW4"}));          // empty
  return indexes;
}

std::vector<std::string> Saved(void (*save)(const VectorIndex&, const std::filesystem::path&)) {
  const test::TemporaryFolder folder;
  std::vector<std::string> files;
  static const auto indexes = MakeIndexes();
  for (const auto& index : indexes) {
    save(*index, folder / "index");
    files.push_back(test::ReadFile(folder / "index"));
  }
  return files;
}

// Everything that a caller may do next; what goes wrong with an Error is no finding.
void Use(VectorIndex& index) {
  if (!index.is_trained()) return;
  const std::size_t dimension = index.dimension();
  std::vector<float> row(dimension, 0.5f);
  std::vector<std::int64_t> ids(5);
  std::vector<float> scores(5);
  index.Search(row, 5, {}, ids.data(), scores.data());
  const auto attempt = [](auto&& change) {
    try {
      change();
    } catch (const Error&) {
    }
  };
  for (const std::int64_t id : ids) attempt([&] { index.Reconstruct(id, row.data()); });
  attempt([&] { index.Add(std::vector<float>(3 * dimension, 0.25f), {}); });
  attempt([&] { index.Remove(std::span(ids).first(2)); });
  index.Search(std::vector<float>(dimension, -1.f), 5, {}, ids.data(), scores.data());
}

const std::filesystem::path& InputFile(const std::string& input) {
  static const test::TemporaryFolder folder;
  static const std::filesystem::path path = folder / "input";
  test::WriteFile(path, input);
  return path;
}

void ReadIndexFile(const std::string& input) {
  const auto& path = InputFile(input);
  Use(*VectorIndex::Open(path, true));
  Use(*VectorIndex::Open(path, false));
}

void ReadFaissFile(const std::string& input) {
  Use(*VectorIndex::ImportFaiss(InputFile(input), std::nullopt));
}

std::vector<std::string> SavedBinary() {
  const test::TemporaryFolder folder;
  std::vector<std::string> files;
  const auto values = Vectors(kVectors);
  for (const bool own_ids : {false, true}) {
    const auto index = BinaryIndex::Create(kDimension);
    std::vector<std::int64_t> ids;
    for (std::size_t i = 0; own_ids && i < kVectors; ++i)
      ids.push_back(static_cast<std::int64_t>(900 - 3 * i));
    index->Add({.floats = values, .codes = {}}, ids);
    index->Save(folder / "index");
    files.push_back(test::ReadFile(folder / "index"));
  }
  return files;
}

void ReadBinaryIndexFile(const std::string& input) {
  const auto index = BinaryIndex::Open(InputFile(input));
  const std::vector<float> row(index->dimension(), 0.5f);
  std::vector<std::int64_t> ids(5);
  std::vector<float> scores(5);
  const auto search = [&] {
    index->Search({.floats = row, .codes = {}}, 0, 1, {.k = 5, .candidates = 9}, ids.data(), scores.data());
  };
  search();
  index->Remove(std::span(ids).first(2));
  index->Add({.floats = row, .codes = {}}, {});
  search();
}

SparseRows SparseVectors(std::size_t count) {
  static const std::vector<std::int32_t> terms{1, 4, 9, 2, 4, 7};
  static const std::vector<float> weights{0.5f, 1, 2, 0.25f, 3, 1};
  SparseRows rows{{0}, {}, {}};
  for (std::size_t i = 0; i < count; ++i) rows.offsets.push_back(static_cast<std::int32_t>(3 * (i + 1)));
  rows.terms = std::span(terms).first(3 * count);
  rows.weights = std::span(weights).first(3 * count);
  return rows;
}

std::vector<std::string> SavedSparse() {
  const test::TemporaryFolder folder;
  std::vector<std::string> files;
  const auto index = SparseIndex::Create();
  const auto save = [&] {
    index->Save(folder / "index");
    files.push_back(test::ReadFile(folder / "index"));
  };
  save();
  for (int i = 0; i < 9; ++i) index->Add(SparseVectors(2), {});
  save();
  index->Add(SparseVectors(1), std::vector<std::int64_t>{900});
  index->Remove(std::vector<std::int64_t>{1, 3, 5});
  save();
  return files;
}

void ReadSparseIndexFile(const std::string& input) {
  const auto index = SparseIndex::Open(InputFile(input));
  std::vector<std::int64_t> ids(5);
  std::vector<float> scores(5);
  const SparseRows query = SparseVectors(1);
  const auto search = [&] { index->Search(query, 0, 1, 5, nullptr, nullptr, ids.data(), scores.data()); };
  search();
  index->Remove(std::span(ids).first(2));
  index->Add(SparseVectors(2), {});
  search();
}

constexpr std::array<std::string_view, 22> kWords{
    "IxF2", "IxFI", "IxFl", "IxSQ", "IxPq", "Ixrq", "IPfs", "IHNf", "IHNp", "IwFl", "IwPQ",
    "IwPf", "IxM2", "IxPT", "IxRF", "Imiq", "ilar", "ilbl", "sprs", "full", "null", "\"ids\":\"table\""};

}  // namespace

const Target kIndexFile{"index_file",
                        [] { return Saved([](const auto& index, const auto& path) { index.Save(path); }); },
                        ReadIndexFile, RepairContainer, kWords};
const Target kFaissFile{
    "faiss_file", [] { return Saved([](const auto& index, const auto& path) { index.ExportFaiss(path); }); },
    ReadFaissFile, nullptr, kWords};

const Target kSparseIndexFile{"sparse_index_file", SavedSparse, ReadSparseIndexFile, RepairContainer, {}};
const Target kBinaryIndexFile{"binary_index_file", SavedBinary, ReadBinaryIndexFile, RepairContainer, {}};

}  // namespace densenode::fuzz
