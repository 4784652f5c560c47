#include "binding/reranker_binding.h"

#include <utility>

#include "binding/arrays.h"
#include "binding/cancellation_binding.h"
#include "binding/job.h"
#include "binding/load_options.h"
#include "binding/text_list_binding.h"

namespace densenode::binding {

void RerankerBinding::Register(Napi::Env env, Napi::Object exports) {
  using Self = RerankerBinding;
  Napi::Function constructor = DefineClass(env, "Reranker",
                                           {
                                               StaticMethod<&Self::Load>("load"),
                                               StaticMethod<&Self::Attach>("attach"),
                                               InstanceMethod("share", &Self::Share),
                                               InstanceMethod<&Self::Predict>("predict"),
                                               InstanceMethod("dispose", &Self::Dispose),
                                               InstanceAccessor<&Self::Labels>("labels"),
                                               InstanceAccessor<&Self::MaxTokens>("maxTokens"),
                                               InstanceAccessor<&Self::Activation>("activation"),
                                               InstanceAccessor<&Self::Devices>("devices"),
                                               InstanceAccessor<&Self::Dtype>("dtype"),
                                               InstanceAccessor<&Self::Architecture>("architecture"),
                                               InstanceAccessor<&Self::Name>("name"),
                                               InstanceAccessor<&Self::WeightBytes>("weightBytes"),
                                           });
  Environment::DataOf(env).reranker = Napi::Persistent(constructor);
  exports.Set("Reranker", constructor);
}

Napi::Value RerankerBinding::Load(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const std::string path = info[0].As<Napi::String>();
    const auto options = ReadLoadOptions(info[1].As<Napi::Object>());
    auto loaded = std::make_shared<std::shared_ptr<Reranker>>();
    auto job = std::make_shared<Job>(info.Env());
    return job->StartBlocking([=] { *loaded = Reranker::Load(path, options); },
                              [=](Napi::Env env) -> Napi::Value { return Make(env, *loaded); });
  });
}

Napi::Value RerankerBinding::Predict(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    Reranker::PredictRequest request;
    request.firsts = TextListBinding::From(info[0]);
    request.seconds = TextListBinding::From(info[1]);
    if (info[2].IsString())
      request.activation = ScoreActivation::Named(info[2].As<Napi::String>().Utf8Value());
    job->Pin(info[3]);
    request.out = Floats(info[3]).data();
    request.on_progress = job->OnProgress(info[4]);
    job->Use(CancellationBinding::From(info[5]));
    request.cancellation = job->cancellation();
    return job->Start([&](Job::Done done) { native()->Predict(std::move(request), std::move(done)); },
                      Undefined);
  });
}

template <typename Get>
Napi::Value RerankerBinding::Property(const Napi::CallbackInfo& info, Get get) {
  return Guard(info.Env(), [&] { return Napi::Value::From(info.Env(), get(*native())); });
}

Napi::Value RerankerBinding::Labels(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return static_cast<double>(model.labels()); });
}
Napi::Value RerankerBinding::MaxTokens(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return static_cast<double>(model.max_tokens()); });
}
Napi::Value RerankerBinding::Activation(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return model.activation().name(); });
}
Napi::Value RerankerBinding::Dtype(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return model.dtype(); });
}
Napi::Value RerankerBinding::Architecture(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return model.architecture(); });
}
Napi::Value RerankerBinding::Name(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return model.name(); });
}
Napi::Value RerankerBinding::WeightBytes(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return static_cast<double>(model.weight_bytes()); });
}

Napi::Value RerankerBinding::Devices(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value { return DeviceNames(info.Env(), native()->devices()); });
}

}  // namespace densenode::binding
