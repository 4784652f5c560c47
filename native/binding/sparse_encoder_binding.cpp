#include "binding/sparse_encoder_binding.h"

#include <utility>

#include "binding/arrays.h"
#include "binding/cancellation_binding.h"
#include "binding/job.h"
#include "binding/load_options.h"
#include "binding/text_list_binding.h"

namespace densenode::binding {

void SparseEncoderBinding::Register(Napi::Env env, Napi::Object exports) {
  using Self = SparseEncoderBinding;
  Napi::Function constructor = DefineClass(env, "SparseEncoder",
                                           {
                                               StaticMethod<&Self::Load>("load"),
                                               StaticMethod<&Self::Attach>("attach"),
                                               InstanceMethod("share", &Self::Share),
                                               InstanceMethod<&Self::Embed>("embed"),
                                               InstanceMethod<&Self::Tokens>("tokens"),
                                               InstanceMethod("dispose", &Self::Dispose),
                                               InstanceAccessor<&Self::Dimension>("dimension"),
                                               InstanceAccessor<&Self::MaxTokens>("maxTokens"),
                                               InstanceAccessor<&Self::Devices>("devices"),
                                               InstanceAccessor<&Self::Dtype>("dtype"),
                                               InstanceAccessor<&Self::Architecture>("architecture"),
                                               InstanceAccessor<&Self::Name>("name"),
                                               InstanceAccessor<&Self::WeightBytes>("weightBytes"),
                                               InstanceAccessor<&Self::Prompts>("prompts"),
                                               InstanceAccessor<&Self::DefaultPrompt>("defaultPrompt"),
                                           });
  Environment::DataOf(env).sparse_encoder = Napi::Persistent(constructor);
  exports.Set("SparseEncoder", constructor);
}

Napi::Value SparseEncoderBinding::Load(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const std::string path = info[0].As<Napi::String>();
    const auto options = ReadLoadOptions(info[1].As<Napi::Object>());
    auto loaded = std::make_shared<std::shared_ptr<SparseEncoder>>();
    auto job = std::make_shared<Job>(info.Env());
    return job->StartBlocking([=] { *loaded = SparseEncoder::Load(path, options); },
                              [=](Napi::Env env) -> Napi::Value { return Make(env, *loaded); });
  });
}

Napi::Value SparseEncoderBinding::Embed(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    SparseEncoder::EmbedRequest request;
    request.texts = TextListBinding::From(info[0]);
    request.prompt = info[1].As<Napi::String>();
    request.most = static_cast<std::size_t>(info[2].As<Napi::Number>().Int64Value());
    request.out = std::make_shared<SparseMatrix>();
    request.on_progress = job->OnProgress(info[3]);
    job->Use(CancellationBinding::From(info[4]));
    request.cancellation = job->cancellation();
    return job->Start([&](Job::Done done) { native()->Embed(request, std::move(done)); },
                      [out = request.out](Napi::Env env) -> Napi::Value {
                        Napi::Object result = Napi::Object::New(env);
                        result.Set("offsets", ToInt32Array(env, std::move(out->offsets)));
                        result.Set("tokenIds", ToInt32Array(env, std::move(out->ids)));
                        result.Set("weights", ToFloat32Array(env, std::move(out->weights)));
                        return result;
                      });
  });
}

Napi::Value SparseEncoderBinding::Tokens(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const std::span<const std::int32_t> ids = Int32s(info[0]);
    Napi::Array tokens = Napi::Array::New(info.Env(), ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      Napi::HandleScope scope(info.Env());
      tokens.Set(static_cast<std::uint32_t>(i), native()->tokenizer().Decode(ids.subspan(i, 1), false));
    }
    return tokens;
  });
}

template <typename Get>
Napi::Value SparseEncoderBinding::Property(const Napi::CallbackInfo& info, Get get) {
  return Guard(info.Env(), [&] { return Napi::Value::From(info.Env(), get(*native())); });
}

Napi::Value SparseEncoderBinding::Dimension(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return static_cast<double>(model.dimension()); });
}
Napi::Value SparseEncoderBinding::MaxTokens(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return static_cast<double>(model.max_tokens()); });
}
Napi::Value SparseEncoderBinding::Dtype(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return model.dtype(); });
}
Napi::Value SparseEncoderBinding::Architecture(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return model.architecture(); });
}
Napi::Value SparseEncoderBinding::Name(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return model.name(); });
}
Napi::Value SparseEncoderBinding::WeightBytes(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return static_cast<double>(model.weight_bytes()); });
}

Napi::Value SparseEncoderBinding::Devices(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value { return DeviceNames(info.Env(), native()->devices()); });
}

Napi::Value SparseEncoderBinding::Prompts(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value { return PromptMap(info.Env(), native()->prompts()); });
}

Napi::Value SparseEncoderBinding::DefaultPrompt(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const auto& name = native()->default_prompt();
    return name ? Napi::String::New(info.Env(), *name) : info.Env().Null();
  });
}

}  // namespace densenode::binding
