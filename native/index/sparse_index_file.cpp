// SparseIndex on disk: a container of its description, segments and ids.
//
// A segment is its number of vectors (u32) and of terms (u32), then for each term, ascending, the term (i32),
// the number of its postings (u32), their rows (u16 each) and their weights (f32 each), little-endian.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>
#include <string>
#include <utility>

#include "common/container.h"
#include "common/error.h"
#include "common/file_description.h"
#include "index/id_section.h"
#include "index/sparse_index.h"

namespace densenode {
namespace {

constexpr const char* kKind = "sparse-index";

void WriteSegment(const SparseSegment& segment, ContainerWriter* file) {
  std::vector<std::int32_t> terms;
  for (const auto& [term, postings] : segment.lists()) terms.push_back(term);
  std::sort(terms.begin(), terms.end());
  const std::uint32_t sizes[2] = {segment.rows(), static_cast<std::uint32_t>(terms.size())};
  file->Write(sizes, sizeof sizes);
  for (const std::int32_t term : terms) {
    const auto& [rows, weights] = segment.lists().at(term);
    const auto size = static_cast<std::uint32_t>(rows.size());
    file->Write(&term, sizeof term);
    file->Write(&size, sizeof size);
    file->Write(rows.data(), rows.size() * sizeof(std::uint16_t));
    file->Write(weights.data(), weights.size() * sizeof(float));
  }
}

// Reads what stands in a section, from its start on.
class SegmentReader {
 public:
  SegmentReader(std::span<const std::byte> bytes, const std::filesystem::path& path)
      : rest_(bytes), path_(path) {}

  bool at_end() const { return rest_.empty(); }

  SparseSegment Read() {
    const auto rows = Number<std::uint32_t>(), terms = Number<std::uint32_t>();
    if (rows == 0 || rows > SparseSegment::kMostRows) Corrupt("has a segment of an impossible size");
    SparseSegment segment;
    segment.SetRows(rows);
    std::int64_t last = -1;
    for (std::uint32_t i = 0; i < terms; ++i) {
      const auto term = Number<std::int32_t>();
      const auto size = Number<std::uint32_t>();
      if (term <= last || size > rows) Corrupt("has terms that are not in order");
      last = term;
      SparseSegment::Postings postings{Numbers<std::uint16_t>(size), Numbers<float>(size)};
      const auto ascends = std::adjacent_find(postings.rows.begin(), postings.rows.end(),
                                              std::greater_equal<>()) == postings.rows.end();
      if (!ascends || (size > 0 && postings.rows.back() >= rows)) Corrupt("has postings that do not ascend");
      if (!std::all_of(postings.weights.begin(), postings.weights.end(),
                       [](float weight) { return weight > 0 && std::isfinite(weight); }))
        Corrupt("has weights that are not above 0");
      segment.SetPostings(term, std::move(postings));
    }
    return segment;
  }

 private:
  [[noreturn]] void Corrupt(const char* reason) const { Fail(ErrorCode::kFileCorrupt, path_, " ", reason); }

  template <typename T>
  std::vector<T> Numbers(std::size_t count) {
    if (rest_.size() / sizeof(T) < count) Corrupt("ends within a segment");
    std::vector<T> numbers(count);
    if (count > 0) std::memcpy(numbers.data(), rest_.data(), count * sizeof(T));
    rest_ = rest_.subspan(count * sizeof(T));
    return numbers;
  }
  template <typename T>
  T Number() {
    if (rest_.size() < sizeof(T)) Corrupt("ends within a segment");
    T number;
    std::memcpy(&number, rest_.data(), sizeof(T));
    rest_ = rest_.subspan(sizeof(T));
    return number;
  }

  std::span<const std::byte> rest_;
  const std::filesystem::path& path_;
};

}  // namespace

void SparseIndex::Save(const std::filesystem::path& path) const {
  std::shared_lock lock(mutex_);
  const std::string description =
      WriteFileDescription(kKind, {{"vectors", ids_->positions()},
                                   {"sequential", ids_->mode() == IdMap::Mode::kSequential},
                                   {"nextId", ids_->next_id()}});
  ContainerWriter file(path);
  file.Begin("meta");
  file.Write(description.data(), description.size());
  file.Begin("segments");
  for (const SparseSegment& segment : segments_) WriteSegment(segment, &file);
  WriteIds(*ids_, &file);
  file.Commit();
}

std::shared_ptr<SparseIndex> SparseIndex::Open(const std::filesystem::path& path) {
  const auto corrupt = [&](const char* reason) { Fail(ErrorCode::kFileCorrupt, path, " ", reason); };
  const Container container = Container::Open(path);
  StoredIds stored{.marks_removed = true};
  ReadFileDescription(container.Section("meta"), kKind, path, [&](const Json& description) {
    stored.mode = description.at("sequential").get<bool>() ? IdMap::Mode::kSequential : IdMap::Mode::kTable;
    stored.positions = description.at("vectors").get<std::uint64_t>();
    stored.next_id = description.at("nextId").get<std::int64_t>();
  });
  const auto index = Create();
  std::uint64_t rows = 0;
  for (SegmentReader reader(container.Section("segments"), path); !reader.at_end();) {
    if (rows % SparseSegment::kMostRows != 0) corrupt("has a segment that is not full before its last");
    index->segments_.push_back(reader.Read());
    rows += index->segments_.back().rows();
  }
  if (rows != stored.positions) corrupt("has segments that are not what its description says");
  index->ids_ = ReadIds(container.Section("ids"), stored, path);
  return index;
}

}  // namespace densenode
