#include "encoder/folder/pooling_config.h"

#include <algorithm>
#include <string>

#include "encoder/folder/config_file.h"

namespace densenode {
namespace {

struct ModeNames {
  const char* name;
  const char* flag;
  PoolingMode mode;
};

// In the order in which sentence-transformers joins what the flags name.
constexpr ModeNames kModes[] = {
    {"cls", "pooling_mode_cls_token", PoolingMode::kCls},
    {"max", "pooling_mode_max_tokens", PoolingMode::kMax},
    {"mean", "pooling_mode_mean_tokens", PoolingMode::kMean},
    {"mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens", PoolingMode::kMeanSqrtLen},
    {"weightedmean", "pooling_mode_weightedmean_tokens", PoolingMode::kWeightedMean},
    {"lasttoken", "pooling_mode_lasttoken", PoolingMode::kLastToken},
};
constexpr std::size_t kMostModes = std::size(kModes);

PoolingMode ModeOf(const Json& name, const std::filesystem::path& path) {
  for (const ModeNames& each : kModes) {
    if (name == each.name) return each.mode;
  }
  Fail(ErrorCode::kModelUnsupported, path, ": pooling mode ", name.dump(), " is not supported");
}

std::vector<PoolingMode> ModesByName(const Json& names, const std::filesystem::path& path) {
  if (names.is_string()) return {ModeOf(names, path)};
  if (!names.is_array() || names.empty() || names.size() > kMostModes) {
    Fail(ErrorCode::kModelInvalid, path, ": \"pooling_mode\" must be a name or a list of 1 to ", kMostModes);
  }
  std::vector<PoolingMode> modes;
  for (const Json& name : names) modes.push_back(ModeOf(name, path));
  return modes;
}

std::vector<PoolingMode> ModesByFlag(const Json& config, const std::filesystem::path& path) {
  bool any = false;
  for (const auto& [key, value] : config.items()) {
    if (!key.starts_with("pooling_mode_")) continue;
    any = true;
    const bool known = std::any_of(std::begin(kModes), std::end(kModes),
                                   [&flag = key](const ModeNames& each) { return flag == each.flag; });
    if (value == true && !known) Fail(ErrorCode::kModelUnsupported, path, ": ", key, " is not supported");
  }
  if (!any) Fail(ErrorCode::kModelInvalid, path, " names no pooling mode");
  std::vector<PoolingMode> modes;
  for (const ModeNames& each : kModes) {
    if (const auto flag = config.find(each.flag); flag != config.end() && *flag == true)
      modes.push_back(each.mode);
  }
  if (modes.empty()) modes.push_back(PoolingMode::kMean);  // as sentence-transformers reads it
  return modes;
}

}  // namespace

Pooling ReadPoolingConfig(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "config.json";
  const Json config = ReadConfig(path);
  Pooling pooling;
  const auto names = config.find("pooling_mode");
  const bool named = names != config.end() && !names->is_null();
  pooling.modes = named ? ModesByName(*names, path) : ModesByFlag(config, path);
  pooling.include_prompt = config.value("include_prompt", Json(true)) != false;
  pooling.dimension = CountAt(config, "word_embedding_dimension", path);
  if (!pooling.dimension) pooling.dimension = CountAt(config, "embedding_dimension", path);
  return pooling;
}

}  // namespace densenode
