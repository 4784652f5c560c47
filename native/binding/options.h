// Reading of plain option objects that lib/ has validated: an undefined or null property is an unset option.
#pragma once

#include <napi.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace densenode::binding {

inline std::optional<std::string> StringOption(const Napi::Object& options, const char* name) {
  Napi::Value value = options.Get(name);
  if (!value.IsString()) return std::nullopt;
  return value.As<Napi::String>().Utf8Value();
}

inline std::optional<std::size_t> SizeOption(const Napi::Object& options, const char* name) {
  Napi::Value value = options.Get(name);
  if (!value.IsNumber()) return std::nullopt;
  return static_cast<std::size_t>(value.As<Napi::Number>().Int64Value());
}

inline std::optional<double> NumberOption(const Napi::Object& options, const char* name) {
  Napi::Value value = options.Get(name);
  if (!value.IsNumber()) return std::nullopt;
  return value.As<Napi::Number>().DoubleValue();
}

inline std::optional<bool> BoolOption(const Napi::Object& options, const char* name) {
  Napi::Value value = options.Get(name);
  if (!value.IsBoolean()) return std::nullopt;
  return value.As<Napi::Boolean>().Value();
}

inline std::optional<std::vector<std::string>> StringsOption(const Napi::Object& options, const char* name) {
  Napi::Value value = options.Get(name);
  if (!value.IsArray()) return std::nullopt;
  const auto array = value.As<Napi::Array>();
  std::vector<std::string> strings;
  for (uint32_t i = 0; i < array.Length(); ++i)
    strings.push_back(static_cast<Napi::Value>(array[i]).As<Napi::String>().Utf8Value());
  return strings;
}

inline std::map<std::string, double> NumberMap(const Napi::Value& value) {
  std::map<std::string, double> numbers;
  if (!value.IsObject()) return numbers;
  const auto object = value.As<Napi::Object>();
  for (const auto& entry : object)
    numbers[entry.first.ToString()] = static_cast<Napi::Value>(entry.second).ToNumber().DoubleValue();
  return numbers;
}

}  // namespace densenode::binding
