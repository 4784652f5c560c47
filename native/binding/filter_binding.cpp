#include "binding/filter_binding.h"

#include "binding/arrays.h"

namespace densenode::binding {

std::shared_ptr<const Filter> FilterOption(const Napi::Value& value, Job* job) {
  if (!value.IsObject()) return nullptr;
  const auto from = value.As<Napi::Object>();
  Filter::Conditions conditions;
  const auto bound = [&](const char* name, std::int64_t* id) {
    const Napi::Value given = from.Get(name);
    bool lossless;
    if (given.IsBigInt()) *id = given.As<Napi::BigInt>().Int64Value(&lossless);
  };
  bound("from", &conditions.from);
  bound("to", &conditions.to);
  const auto array = [&](const char* name) {
    const Napi::Value given = from.Get(name);
    if (job && given.IsTypedArray()) job->Pin(given);
    return given;
  };
  if (const auto ids = array("ids"); ids.IsTypedArray()) conditions.ids = Int64s(ids);
  if (const auto exclude = array("exclude"); exclude.IsTypedArray()) conditions.exclude = Int64s(exclude);
  if (const auto bitmap = array("bitmap"); bitmap.IsTypedArray()) {
    conditions.bitmap = View<std::uint8_t>(bitmap, napi_uint8_array);
  }
  return std::make_shared<const Filter>(conditions);
}

}  // namespace densenode::binding
