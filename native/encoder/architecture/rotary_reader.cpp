#include "encoder/architecture/rotary_reader.h"

#include <cmath>
#include <numbers>

namespace densenode {
namespace {

constexpr double kLargest = 1e12;  // of theta: far above any in use

double Llama3(double frequency, double factor, const ConfigReader& scaling, double trained) {
  const double low = scaling.NumberOr("low_freq_factor", 1e-3, 1e6, 1);
  const double high = scaling.NumberOr("high_freq_factor", 1e-3, 1e6, 4);
  if (!(low < high)) {
    Fail(ErrorCode::kModelInvalid, scaling.path(), ": low_freq_factor must be below high_freq_factor");
  }
  const double waves = trained * frequency / (2 * std::numbers::pi);  // that a training text held
  if (waves > high) return frequency;
  if (waves < low) return frequency / factor;
  const double share = (waves - low) / (high - low);
  return (1 - share) * frequency / factor + share * frequency;
}

struct Scaling {
  std::string type = "default";
  double factor = 1;
};

Scaling ReadScaling(const ConfigReader& parameters) {
  Scaling scaling;
  scaling.type = parameters.TextOr("rope_type", parameters.TextOr("type", "default"));
  if (scaling.type != "default" && scaling.type != "linear" && scaling.type != "dynamic" &&
      scaling.type != "ntk" && scaling.type != "llama3") {
    Fail(ErrorCode::kModelUnsupported, parameters.path(), ": rotary positions of type \"", scaling.type,
         "\" are not supported; default, linear, dynamic, ntk and llama3 are");
  }
  scaling.factor = parameters.NumberOr("factor", 1e-6, 1e6, 1);
  parameters.Require("mixed_b", nullptr);
  return scaling;
}

// The object that holds theta and scaling, of two layouts.
const Json& Parameters(const ConfigReader& config, const RotaryNames& names) {
  static const Json kNone = Json::object();
  const Json& today = config.Value("rope_parameters");
  if (today.is_object()) {
    if (!names.layer_type) return today;
    const auto found = today.find(names.layer_type);
    if (found != today.end() && found->is_object()) return *found;
    return kNone;
  }
  return names.scaling_key && config.Has(names.scaling_key) ? config.Value(names.scaling_key) : kNone;
}

}  // namespace

RotaryPositions ReadRotary(const ConfigReader& config, std::size_t head_size, const RotaryNames& names) {
  const ConfigReader parameters(Parameters(config, names), config.path());
  const Scaling scaling = ReadScaling(parameters);
  double theta = config.NumberOr(names.theta_key, 1e-6, kLargest, names.theta);
  theta = parameters.NumberOr("rope_theta", 1e-6, kLargest, theta);
  double part = config.NumberOr("partial_rotary_factor", 0, 1, 1);
  part = parameters.NumberOr("partial_rotary_factor", 0, 1, part);
  const auto size = static_cast<std::size_t>(static_cast<double>(head_size) * part);
  if (size == 0 || size % 2 != 0) {
    Fail(ErrorCode::kModelInvalid, config.path(), ": rotary positions turn pairs, so ", size, " of ",
         head_size, " values of a head cannot be turned");
  }
  double shrink = 1;
  double trained = 0;
  if (scaling.type == "linear") shrink = scaling.factor;
  if (scaling.type == "ntk") {
    theta *= scaling.factor;
    shrink = std::pow(scaling.factor, 2.0 / static_cast<double>(size));
  }
  if (scaling.type == "llama3") {
    trained = static_cast<double>(parameters.Has("original_max_position_embeddings")
                                      ? parameters.PositionCount("original_max_position_embeddings")
                                      : config.PositionCount());
  }
  RotaryPositions rotary;
  for (std::size_t i = 0; i < size; i += 2) {
    double frequency = std::pow(theta, -static_cast<double>(i) / static_cast<double>(size)) / shrink;
    if (scaling.type == "llama3") frequency = Llama3(frequency, scaling.factor, parameters, trained);
    rotary.frequencies.push_back(static_cast<float>(frequency));
  }
  return rotary;
}

}  // namespace densenode
