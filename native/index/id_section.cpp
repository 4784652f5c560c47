#include "index/id_section.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "common/error.h"

namespace densenode {

void WriteIds(const IdMap& ids, ContainerWriter* file) {
  file->Begin("ids");
  file->Write(ids.table().data(), ids.table().size() * sizeof(std::int64_t));
}

std::unique_ptr<IdMap> ReadIds(std::span<const std::byte> section, const StoredIds& stored,
                               const std::filesystem::path& path) {
  const auto& [mode, positions, next_id, marks_removed, lists] = stored;
  const std::size_t entries = mode == IdMap::Mode::kTable ? positions : 0;
  bool fit = section.size() % sizeof(std::int64_t) == 0 && section.size() / sizeof(std::int64_t) == entries &&
             (lists != nullptr) == (mode == IdMap::Mode::kStored) && next_id >= 0 &&
             (mode != IdMap::Mode::kSequential || static_cast<std::uint64_t>(next_id) == positions);
  std::vector<std::int64_t> table(fit ? entries : 0);
  if (!table.empty()) std::memcpy(table.data(), section.data(), table.size() * sizeof(std::int64_t));
  const std::int64_t least = marks_removed ? -next_id : 0;  // ~id of a removed vector
  fit = fit && std::all_of(table.begin(), table.end(), [least, end = next_id](std::int64_t entry) {
          return entry >= least && entry < end;
        });
  if (!fit) Fail(ErrorCode::kFileCorrupt, path, " has ids that do not fit its vectors");
  return std::make_unique<IdMap>(lists, std::move(table), mode, positions, next_id);
}

}  // namespace densenode
