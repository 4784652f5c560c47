#include "binding/multi_vector_encoder_binding.h"

#include <utility>

#include "binding/arrays.h"
#include "binding/cancellation_binding.h"
#include "binding/job.h"
#include "binding/load_options.h"
#include "binding/text_list_binding.h"

namespace densenode::binding {

void MultiVectorEncoderBinding::Register(Napi::Env env, Napi::Object exports) {
  using Self = MultiVectorEncoderBinding;
  Napi::Function constructor = DefineClass(env, "MultiVectorEncoder",
                                           {
                                               StaticMethod<&Self::Load>("load"),
                                               StaticMethod<&Self::Attach>("attach"),
                                               InstanceMethod("share", &Self::Share),
                                               InstanceMethod<&Self::Embed>("embed"),
                                               InstanceMethod("dispose", &Self::Dispose),
                                               InstanceAccessor<&Self::Dimension>("dimension"),
                                               InstanceAccessor<&Self::QueryTokens>("queryTokens"),
                                               InstanceAccessor<&Self::DocumentTokens>("documentTokens"),
                                               InstanceAccessor<&Self::Devices>("devices"),
                                               InstanceAccessor<&Self::Dtype>("dtype"),
                                               InstanceAccessor<&Self::Architecture>("architecture"),
                                               InstanceAccessor<&Self::Name>("name"),
                                               InstanceAccessor<&Self::WeightBytes>("weightBytes"),
                                           });
  Environment::DataOf(env).multi_vector_encoder = Napi::Persistent(constructor);
  exports.Set("MultiVectorEncoder", constructor);
}

Napi::Value MultiVectorEncoderBinding::Load(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const std::string path = info[0].As<Napi::String>();
    const auto options = ReadLoadOptions(info[1].As<Napi::Object>());
    auto loaded = std::make_shared<std::shared_ptr<MultiVectorEncoder>>();
    auto job = std::make_shared<Job>(info.Env());
    return job->StartBlocking([=] { *loaded = MultiVectorEncoder::Load(path, options); },
                              [=](Napi::Env env) -> Napi::Value { return Make(env, *loaded); });
  });
}

Napi::Value MultiVectorEncoderBinding::Embed(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    MultiVectorEncoder::EmbedRequest request;
    request.texts = TextListBinding::From(info[0]);
    request.queries = info[1].As<Napi::Boolean>();
    request.out = std::make_shared<MultiVectors>();
    request.on_progress = job->OnProgress(info[2]);
    job->Use(CancellationBinding::From(info[3]));
    request.cancellation = job->cancellation();
    return job->Start([&](Job::Done done) { native()->Embed(request, std::move(done)); },
                      [out = request.out](Napi::Env env) -> Napi::Value {
                        Napi::Object result = Napi::Object::New(env);
                        result.Set("offsets", ToInt32Array(env, std::move(out->offsets)));
                        result.Set("data", ToFloat32Array(env, std::move(out->data)));
                        return result;
                      });
  });
}

template <typename Get>
Napi::Value MultiVectorEncoderBinding::Property(const Napi::CallbackInfo& info, Get get) {
  return Guard(info.Env(), [&] { return Napi::Value::From(info.Env(), get(*native())); });
}

Napi::Value MultiVectorEncoderBinding::Dimension(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return static_cast<double>(model.dimension()); });
}
Napi::Value MultiVectorEncoderBinding::QueryTokens(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return static_cast<double>(model.query_tokens()); });
}
Napi::Value MultiVectorEncoderBinding::DocumentTokens(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return static_cast<double>(model.document_tokens()); });
}
Napi::Value MultiVectorEncoderBinding::Dtype(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return model.dtype(); });
}
Napi::Value MultiVectorEncoderBinding::Architecture(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return model.architecture(); });
}
Napi::Value MultiVectorEncoderBinding::Name(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return model.name(); });
}
Napi::Value MultiVectorEncoderBinding::WeightBytes(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return static_cast<double>(model.weight_bytes()); });
}

Napi::Value MultiVectorEncoderBinding::Devices(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value { return DeviceNames(info.Env(), native()->devices()); });
}

}  // namespace densenode::binding
