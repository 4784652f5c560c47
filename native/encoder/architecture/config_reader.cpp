#include "encoder/architecture/config_reader.h"

#include <utility>

namespace densenode {
namespace {

constexpr std::pair<const char*, Activation> kActivations[] = {
    {"gelu", Activation::kGelu},          {"gelu_new", Activation::kGeluTanh},
    {"gelu_fast", Activation::kGeluTanh}, {"gelu_pytorch_tanh", Activation::kGeluTanh},
    {"relu", Activation::kRelu},          {"silu", Activation::kSilu},
    {"swish", Activation::kSilu},
};

}  // namespace

ConfigReader::ConfigReader(const Json& config, const std::filesystem::path& path)
    : config_(config), path_(path) {
  if (!config.is_object()) Fail(ErrorCode::kModelInvalid, path, " must hold a JSON object");
}

const Json& ConfigReader::Value(const char* key) const {
  static const Json kNull;
  const auto found = config_.find(key);
  return found == config_.end() ? kNull : *found;
}

std::size_t ConfigReader::Size(const char* key, std::size_t least, std::size_t most) const {
  const Json& value = Value(key);
  if (value.is_null()) Fail(ErrorCode::kModelInvalid, path_, " lacks \"", key, "\"");
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() < least ||
      value.get<std::uint64_t>() > most) {
    Fail(ErrorCode::kModelInvalid, path_, ": \"", key, "\" must be a whole number from ", least, " to ", most,
         ", not ", value.dump());
  }
  return value.get<std::size_t>();
}

double ConfigReader::NumberOr(const char* key, double least, double most, double otherwise) const {
  const Json& value = Value(key);
  if (value.is_null()) return otherwise;
  if (!value.is_number() || !(value.get<double>() >= least && value.get<double>() <= most)) {
    Fail(ErrorCode::kModelInvalid, path_, ": ", key, " must be a number from ", least, " to ", most, ", not ",
         value.dump());
  }
  return value.get<double>();
}

bool ConfigReader::FlagOr(const char* key, bool otherwise) const {
  const Json& value = Value(key);
  if (value.is_null()) return otherwise;
  if (!value.is_boolean()) {
    Fail(ErrorCode::kModelInvalid, path_, ": ", key, " must be true or false, not ", value.dump());
  }
  return value.get<bool>();
}

std::string ConfigReader::TextOr(const char* key, const std::string& otherwise) const {
  const Json& value = Value(key);
  if (value.is_null()) return otherwise;
  if (!value.is_string())
    Fail(ErrorCode::kModelInvalid, path_, ": ", key, " must be a string, not ", value.dump());
  return value.get<std::string>();
}

std::size_t ConfigReader::PaddingId(std::size_t otherwise) const {
  return SizeOr("pad_token_id", 0, 1 << 24, otherwise);
}

float ConfigReader::Epsilon(const char* key, double otherwise) const {
  return static_cast<float>(NumberOr(key, 0, 1, otherwise));
}

Activation ConfigReader::ActivationAt(const char* key, const char* otherwise) const {
  const Json value = Has(key) ? Value(key) : Json(otherwise);
  std::string supported;
  for (const auto& [name, activation] : kActivations) {
    if (value == name) return activation;
    supported.append(supported.empty() ? "" : ", ").append(name);
  }
  Fail(ErrorCode::kModelUnsupported, path_, ": ", key, " ", value.dump(), " is not supported; ", supported,
       " are");
}

std::size_t ConfigReader::HeadSize(std::size_t width, std::size_t heads) const {
  if (width % heads != 0) {
    Fail(ErrorCode::kModelInvalid, path_, ": a width of ", width, " is no multiple of ", heads,
         " attention heads");
  }
  return width / heads;
}

void ConfigReader::Require(const char* key, const Json& supported) const {
  if (!Has(key) || Value(key) == supported) return;
  Fail(ErrorCode::kModelUnsupported, path_, ": ", key, " ", Value(key).dump(), " is not supported; ",
       supported.dump(), " is");
}

}  // namespace densenode
