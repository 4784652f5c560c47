// BinaryIndex on disk: a container of its description, codes and ids.
#include <cstring>
#include <mutex>
#include <string>
#include <utility>

#include "common/container.h"
#include "common/error.h"
#include "common/json.h"
#include "common/version.h"
#include "index/binary_index.h"

namespace densenode {
namespace {

constexpr const char* kKind = "binary-index";
constexpr std::size_t kMostMetaBytes = 65536;

template <typename T>
std::vector<T> Copy(std::span<const std::byte> bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

}  // namespace

void BinaryIndex::Save(const std::filesystem::path& path) const {
  std::shared_lock lock(mutex_);
  const Json meta{{"kind", kKind},
                  {"densenode", Version()},
                  {"dimension", dimension_},
                  {"count", ids_->count()},
                  {"sequential", ids_->mode() == IdMap::Mode::kSequential},
                  {"nextId", ids_->next_id()}};
  const std::string text = meta.dump();
  ContainerWriter file(path);
  file.Begin("meta");
  file.Write(text.data(), text.size());
  file.Begin("codes");
  file.Write(codes_.data(), codes_.size() * sizeof(std::uint64_t));
  file.Begin("ids");
  file.Write(ids_->table().data(), ids_->table().size() * sizeof(std::int64_t));
  file.Commit();
}

std::shared_ptr<BinaryIndex> BinaryIndex::Open(const std::filesystem::path& path) {
  const auto corrupt = [&](const auto&... reason) { Fail(ErrorCode::kFileCorrupt, path, " ", reason...); };
  const Container container = Container::Open(path);
  const auto bytes = container.Section("meta");
  if (bytes.size() > kMostMetaBytes) corrupt("has an index description that is too long");
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  const Json meta = Json::parse(text, text + bytes.size(), nullptr, false);
  if (!meta.is_object() || meta.value("kind", Json()) != kKind) corrupt("does not hold a binary index");
  std::shared_ptr<BinaryIndex> index;
  try {
    const auto dimension = meta.at("dimension").get<std::uint64_t>();
    const auto count = meta.at("count").get<std::uint64_t>();
    const bool sequential = meta.at("sequential").get<bool>();
    const auto next_id = meta.at("nextId").get<std::int64_t>();
    index = Create(dimension);
    const auto codes = container.Section("codes"), ids = container.Section("ids");
    const std::size_t row = index->words_ * sizeof(std::uint64_t);
    if (codes.size() % row != 0 || codes.size() / row != count)
      corrupt("has codes that are not what its description says");
    std::vector<std::int64_t> table = Copy<std::int64_t>(ids);
    bool fit = ids.size() % sizeof(std::int64_t) == 0 && table.size() == (sequential ? 0 : count) &&
               next_id >= 0 && (!sequential || static_cast<std::uint64_t>(next_id) == count);
    for (const std::int64_t id : table) fit = fit && id >= 0 && id < next_id;
    if (!fit) corrupt("has ids that do not fit its codes");
    index->codes_ = Copy<std::uint64_t>(codes);
    const auto mode = sequential ? IdMap::Mode::kSequential : IdMap::Mode::kTable;
    index->ids_ = std::make_unique<IdMap>(nullptr, std::move(table), mode, count, next_id);
  } catch (const Json::exception& error) {
    corrupt("has an index description that is not complete: ", error.what());
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kFileCorrupt) throw;
    corrupt("describes an index that this densenode cannot make: ", error.what());
  }
  return index;
}

}  // namespace densenode
