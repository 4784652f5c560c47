#include "binding/load_options.h"

#include "binding/options.h"

namespace densenode::binding {

EmbeddingModel::LoadOptions ReadLoadOptions(const Napi::Object& from) {
  EmbeddingModel::LoadOptions options;
  options.devices = StringsOption(from, "devices").value_or(options.devices);
  options.dtype = StringOption(from, "dtype").value_or(options.dtype);
  for (const std::string& mode : StringsOption(from, "pooling").value_or(std::vector<std::string>{}))
    options.pooling.push_back(ParsePoolingMode(mode));
  options.include_prompt = BoolOption(from, "includePrompt");
  options.normalize = BoolOption(from, "normalize");
  options.max_tokens = SizeOption(from, "maxTokens");
  options.threads = SizeOption(from, "threads").value_or(0);
  options.max_batch_tokens = SizeOption(from, "maxBatchTokens").value_or(0);
  return options;
}

Napi::Array DeviceNames(Napi::Env env, const std::vector<Device>& devices) {
  Napi::Array names = Napi::Array::New(env);
  for (const Device& device : devices) names.Set(names.Length(), device.name());
  return names;
}

Napi::Object PromptMap(Napi::Env env, const std::map<std::string, std::string>& prompts) {
  Napi::Object map = Napi::Object::New(env);
  for (const auto& [name, text] : prompts) map.Set(name, text);
  return map;
}

}  // namespace densenode::binding
