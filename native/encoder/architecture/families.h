// The families of transformers that densenode builds from their weights. A new one is a row in families.cpp
// and a file with its parse function.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

#include "common/json.h"
#include "encoder/architecture/config_reader.h"
#include "encoder/architecture/transformer_spec.h"

namespace densenode {

// Most tokens of a text; nothing where config.json says nothing of it.
std::optional<std::size_t> AllPositions(const ConfigReader& config);  // max_position_embeddings
std::optional<std::size_t> NomicPositions(const ConfigReader& config);

// What config.json describes. Throws MODEL_INVALID for values that are missing, impossible or contradict each
// other, MODEL_UNSUPPORTED for other families and for variants that are not built; `path` is named in errors.
TransformerSpec ParseTransformer(const Json& config, const std::filesystem::path& path);

// Most tokens of a text that config.json allows, also where the family is not one of these (exported models);
// nothing where it has no max_position_embeddings.
std::optional<std::size_t> PositionLimit(const Json& config, const std::filesystem::path& path);

// Each gives all but architecture and prefix.
TransformerSpec ParseAlbert(const ConfigReader& config);
TransformerSpec ParseBert(const ConfigReader& config);
TransformerSpec ParseDistilBert(const ConfigReader& config);
TransformerSpec ParseElectra(const ConfigReader& config);
TransformerSpec ParseGemma3(const ConfigReader& config);
TransformerSpec ParseGte(const ConfigReader& config);
TransformerSpec ParseJinaBert(const ConfigReader& config);
TransformerSpec ParseLlama(const ConfigReader& config);
TransformerSpec ParseMistral(const ConfigReader& config);
TransformerSpec ParseModernBert(const ConfigReader& config);
TransformerSpec ParseMpnet(const ConfigReader& config);
TransformerSpec ParseNomicBert(const ConfigReader& config);
TransformerSpec ParseQwen2(const ConfigReader& config);
TransformerSpec ParseQwen3(const ConfigReader& config);
TransformerSpec ParseRoberta(const ConfigReader& config);
TransformerSpec ParseT5(const ConfigReader& config);

}  // namespace densenode
