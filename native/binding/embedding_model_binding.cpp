#include "binding/embedding_model_binding.h"

#include "binding/arrays.h"
#include "binding/cancellation_binding.h"
#include "binding/job.h"
#include "binding/linear_adapter_binding.h"
#include "binding/load_options.h"
#include "binding/options.h"
#include "binding/text_list_binding.h"

namespace densenode::binding {

void EmbeddingModelBinding::Register(Napi::Env env, Napi::Object exports) {
  using Self = EmbeddingModelBinding;
  Napi::Function constructor = DefineClass(env, "EmbeddingModel",
                                           {
                                               StaticMethod<&Self::Load>("load"),
                                               StaticMethod<&Self::Attach>("attach"),
                                               InstanceMethod("share", &Self::Share),
                                               InstanceMethod<&Self::Embed>("embed"),
                                               InstanceMethod("dispose", &Self::Dispose),
                                               InstanceAccessor<&Self::Dimension>("dimension"),
                                               InstanceAccessor<&Self::MaxTokens>("maxTokens"),
                                               InstanceAccessor<&Self::Pooling>("pooling"),
                                               InstanceAccessor<&Self::Normalize>("normalize"),
                                               InstanceAccessor<&Self::Devices>("devices"),
                                               InstanceAccessor<&Self::Dtype>("dtype"),
                                               InstanceAccessor<&Self::Architecture>("architecture"),
                                               InstanceAccessor<&Self::Name>("name"),
                                               InstanceAccessor<&Self::WeightBytes>("weightBytes"),
                                               InstanceAccessor<&Self::Prompts>("prompts"),
                                               InstanceAccessor<&Self::DefaultPrompt>("defaultPrompt"),
                                               InstanceAccessor<&Self::Tasks>("tasks"),
                                               InstanceAccessor<&Self::NeedsTask>("needsTask"),
                                               InstanceAccessor<&Self::Similarity>("similarity"),
                                           });
  Environment::DataOf(env).embedding_model = Napi::Persistent(constructor);
  exports.Set("EmbeddingModel", constructor);
}

Napi::Value EmbeddingModelBinding::Load(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const std::string path = info[0].As<Napi::String>();
    const auto options = ReadLoadOptions(info[1].As<Napi::Object>());
    auto loaded = std::make_shared<std::shared_ptr<EmbeddingModel>>();
    auto job = std::make_shared<Job>(info.Env());
    return job->StartBlocking([=] { *loaded = EmbeddingModel::Load(path, options); },
                              [=](Napi::Env env) -> Napi::Value { return Make(env, *loaded); });
  });
}

Napi::Value EmbeddingModelBinding::Embed(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const auto options = info[1].As<Napi::Object>();
    auto job = std::make_shared<Job>(info.Env());
    job->Use(CancellationBinding::From(info[4]));
    job->Pin(info[2]);
    job->Pin(info[3]);

    EmbeddingModel::EmbedRequest request;
    request.texts = TextListBinding::From(info[0]);
    request.prompt = StringOption(options, "prompt").value_or("");
    request.task = StringOption(options, "task").value_or("");
    request.dimension = SizeOption(options, "dimension").value_or(0);
    request.normalize = BoolOption(options, "normalize");
    request.adapter = LinearAdapterBinding::Option(options.Get("adapter"));
    request.out = Floats(info[2]).data();
    request.token_counts = Int32s(info[3]).data();
    request.cancellation = job->cancellation();
    request.on_progress = job->OnProgress(options.Get("onProgress"));
    return job->Start([&](Job::Done done) { native()->Embed(std::move(request), std::move(done)); },
                      Undefined);
  });
}

template <typename Get>
Napi::Value EmbeddingModelBinding::Property(const Napi::CallbackInfo& info, Get get) {
  return Guard(info.Env(), [&] { return Napi::Value::From(info.Env(), get(*native())); });
}

Napi::Value EmbeddingModelBinding::Dimension(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return static_cast<double>(model.dimension()); });
}
Napi::Value EmbeddingModelBinding::MaxTokens(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return static_cast<double>(model.max_tokens()); });
}
Napi::Value EmbeddingModelBinding::Pooling(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    Napi::Array names = Napi::Array::New(info.Env());
    for (const PoolingMode mode : native()->pooling()) names.Set(names.Length(), PoolingModeName(mode));
    return names;
  });
}
Napi::Value EmbeddingModelBinding::Normalize(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return model.normalize(); });
}
Napi::Value EmbeddingModelBinding::Dtype(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return model.dtype(); });
}
Napi::Value EmbeddingModelBinding::Architecture(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return model.architecture(); });
}
Napi::Value EmbeddingModelBinding::NeedsTask(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return model.needs_task(); });
}
Napi::Value EmbeddingModelBinding::Similarity(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return model.similarity(); });
}
Napi::Value EmbeddingModelBinding::Name(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return model.name(); });
}
Napi::Value EmbeddingModelBinding::WeightBytes(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return static_cast<double>(model.weight_bytes()); });
}

Napi::Value EmbeddingModelBinding::Devices(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value { return DeviceNames(info.Env(), native()->devices()); });
}

Napi::Value EmbeddingModelBinding::Tasks(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    Napi::Array tasks = Napi::Array::New(info.Env());
    for (const std::string& task : native()->tasks()) tasks.Set(tasks.Length(), task);
    return tasks;
  });
}

Napi::Value EmbeddingModelBinding::Prompts(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value { return PromptMap(info.Env(), native()->prompts()); });
}

Napi::Value EmbeddingModelBinding::DefaultPrompt(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const auto& name = native()->default_prompt();
    return name ? Napi::String::New(info.Env(), *name) : info.Env().Null();
  });
}

}  // namespace densenode::binding
