#include "binding/sparse_encoder_binding.h"

#include <utility>

#include "binding/arrays.h"
#include "binding/cancellation_binding.h"
#include "binding/job.h"
#include "binding/text_list_binding.h"

namespace densenode::binding {

void SparseEncoderBinding::Register(Napi::Env env, Napi::Object exports) {
  using Self = SparseEncoderBinding;
  RegisterModel(env, exports, "SparseEncoder",
                {
                    InstanceMethod<&Self::Embed>("embed"),
                    InstanceMethod<&Self::Tokens>("tokens"),
                    InstanceAccessor("dimension", &Self::Dimension, nullptr),
                    InstanceAccessor("maxTokens", &Self::MaxTokens, nullptr),
                    InstanceAccessor("prompts", &Self::Prompts, nullptr),
                    InstanceAccessor("defaultPrompt", &Self::DefaultPrompt, nullptr),
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

}  // namespace densenode::binding
