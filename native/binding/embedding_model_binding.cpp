#include "binding/embedding_model_binding.h"

#include "binding/arrays.h"
#include "binding/cancellation_binding.h"
#include "binding/job.h"
#include "binding/linear_adapter_binding.h"
#include "binding/options.h"
#include "binding/text_list_binding.h"
#include "common/one_thread.h"

namespace densenode::binding {

void EmbeddingModelBinding::Register(Napi::Env env, Napi::Object exports) {
  using Self = EmbeddingModelBinding;
  RegisterModel(env, exports, "EmbeddingModel",
                {
                    InstanceMethod<&Self::Embed>("embed"),
                    InstanceMethod<&Self::EmbedSync>("embedSync"),
                    InstanceAccessor("dimension", &Self::Dimension, nullptr),
                    InstanceAccessor("maxTokens", &Self::MaxTokens, nullptr),
                    InstanceAccessor<&Self::Pooling>("pooling"),
                    InstanceAccessor<&Self::Normalize>("normalize"),
                    InstanceAccessor("prompts", &Self::Prompts, nullptr),
                    InstanceAccessor("defaultPrompt", &Self::DefaultPrompt, nullptr),
                    InstanceAccessor<&Self::Tasks>("tasks"),
                    InstanceAccessor<&Self::NeedsTask>("needsTask"),
                    InstanceAccessor<&Self::Similarity>("similarity"),
                });
}

namespace {

// (texts, options, out, tokenCounts, ...) of embed and embedSync.
EmbeddingModel::EmbedRequest ReadRequest(const Napi::CallbackInfo& info) {
  const auto options = info[1].As<Napi::Object>();
  EmbeddingModel::EmbedRequest request;
  request.texts = TextListBinding::From(info[0]);
  request.prompt = StringOption(options, "prompt").value_or("");
  request.task = StringOption(options, "task").value_or("");
  request.dimension = SizeOption(options, "dimension").value_or(0);
  request.normalize = BoolOption(options, "normalize");
  request.adapter = LinearAdapterBinding::Option(options.Get("adapter"));
  request.out = Floats(info[2]).data();
  request.token_counts = Int32s(info[3]).data();
  return request;
}

}  // namespace

Napi::Value EmbeddingModelBinding::Embed(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    job->Use(CancellationBinding::From(info[4]));
    job->Pin(info[2]);
    job->Pin(info[3]);
    auto request = ReadRequest(info);
    request.cancellation = job->cancellation();
    request.caller = job->env();
    request.on_progress = job->OnProgress(info[1].As<Napi::Object>().Get("onProgress"));
    return job->Start([&](Job::Done done) { native()->Embed(std::move(request), std::move(done)); },
                      Undefined);
  });
}

Napi::Value EmbeddingModelBinding::EmbedSync(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const OneThread one_thread;
    native()->EmbedHere(ReadRequest(info));
    return info.Env().Undefined();
  });
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
Napi::Value EmbeddingModelBinding::NeedsTask(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return model.needs_task(); });
}
Napi::Value EmbeddingModelBinding::Similarity(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return model.similarity(); });
}
Napi::Value EmbeddingModelBinding::Tasks(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    Napi::Array tasks = Napi::Array::New(info.Env());
    for (const std::string& task : native()->tasks()) tasks.Set(tasks.Length(), task);
    return tasks;
  });
}

}  // namespace densenode::binding
