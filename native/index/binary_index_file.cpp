// BinaryIndex on disk: a container of its description, codes and ids.
#include <cstring>
#include <mutex>
#include <string>

#include "common/container.h"
#include "common/error.h"
#include "common/file_description.h"
#include "index/binary_index.h"
#include "index/id_section.h"

namespace densenode {
namespace {

constexpr const char* kKind = "binary-index";

}  // namespace

void BinaryIndex::Save(const std::filesystem::path& path) const {
  std::shared_lock lock(mutex_);
  const std::string description =
      WriteFileDescription(kKind, {{"dimension", dimension_},
                                   {"count", ids_->count()},
                                   {"sequential", ids_->mode() == IdMap::Mode::kSequential},
                                   {"nextId", ids_->next_id()}});
  ContainerWriter file(path);
  file.Begin("meta");
  file.Write(description.data(), description.size());
  file.Begin("codes");
  file.Write(codes_.data(), codes_.size() * sizeof(std::uint64_t));
  WriteIds(*ids_, &file);
  file.Commit();
}

std::shared_ptr<BinaryIndex> BinaryIndex::Open(const std::filesystem::path& path) {
  const Container container = Container::Open(path);
  std::shared_ptr<BinaryIndex> index;
  StoredIds stored;
  ReadFileDescription(container.Section("meta"), kKind, path, [&](const Json& description) {
    index = Create(description.at("dimension").get<std::uint64_t>());
    stored.mode = description.at("sequential").get<bool>() ? IdMap::Mode::kSequential : IdMap::Mode::kTable;
    stored.positions = description.at("count").get<std::uint64_t>();
    stored.next_id = description.at("nextId").get<std::int64_t>();
  });
  const auto codes = container.Section("codes");
  const std::size_t row = index->words_ * sizeof(std::uint64_t);
  if (codes.size() % row != 0 || codes.size() / row != stored.positions)
    Fail(ErrorCode::kFileCorrupt, path, " has codes that are not what its description says");
  index->codes_.resize(codes.size() / sizeof(std::uint64_t));
  if (!codes.empty()) std::memcpy(index->codes_.data(), codes.data(), codes.size());
  index->ids_ = ReadIds(container.Section("ids"), stored, path);
  return index;
}

}  // namespace densenode
