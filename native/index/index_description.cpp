#include "index/index_description.h"

#include <faiss/Index.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "common/error.h"
#include "common/file_description.h"
#include "index/factory_string.h"

namespace densenode {
namespace {

constexpr const char* kKind = "vector-index";
constexpr std::array<std::string_view, 3> kModeNames{"sequential", "table", "stored"};

std::string FaissVersion() {
  return std::to_string(FAISS_VERSION_MAJOR) + "." + std::to_string(FAISS_VERSION_MINOR) + "." +
         std::to_string(FAISS_VERSION_PATCH);
}

}  // namespace

std::string WriteDescription(const IndexDescription& description) {
  Json json{{"faiss", FaissVersion()},
            {"dimension", description.options.dimension},
            {"metric", MetricName(description.options.metric)},
            {"factory", description.options.factory},
            {"parameters", description.options.parameters},
            {"count", description.count},
            {"trained", description.trained},
            {"ids", kModeNames[static_cast<std::size_t>(description.id_mode)]},
            {"nextId", description.next_id}};
  if (!description.options.model.empty()) json["model"] = description.options.model;
  return WriteFileDescription(kKind, std::move(json));
}

IndexDescription ReadDescription(std::span<const std::byte> text, const std::filesystem::path& path) {
  IndexDescription description;
  ReadFileDescription(text, kKind, path, [&](const Json& json) {
    VectorIndex::CreateOptions& options = description.options;
    options.dimension = json.at("dimension").get<std::size_t>();
    options.metric = ParseMetric(json.at("metric").get<std::string>());
    options.factory = json.at("factory").get<std::string>();
    options.model = json.value("model", "");
    options.parameters = json.value("parameters", VectorIndex::Parameters());  // 0.1 wrote none
    description.count = json.at("count").get<std::uint64_t>();
    description.trained = json.at("trained").get<bool>();
    description.next_id = json.at("nextId").get<std::int64_t>();
    const auto mode = std::ranges::find(kModeNames, json.at("ids").get<std::string>()) - kModeNames.begin();
    if (mode == std::ssize(kModeNames)) Fail(ErrorCode::kFileCorrupt, path, " has ids of an unknown kind");
    description.id_mode = static_cast<IdMap::Mode>(mode);
    CheckFactoryString(options.factory, options.dimension, options.metric);
  });
  return description;
}

}  // namespace densenode
