#include "binding/multi_vector_encoder_binding.h"

#include <utility>

#include "binding/arrays.h"
#include "binding/cancellation_binding.h"
#include "binding/job.h"
#include "binding/text_list_binding.h"

namespace densenode::binding {

void MultiVectorEncoderBinding::Register(Napi::Env env, Napi::Object exports) {
  using Self = MultiVectorEncoderBinding;
  RegisterModel(env, exports, "MultiVectorEncoder",
                {
                    InstanceMethod<&Self::Embed>("embed"),
                    InstanceAccessor("dimension", &Self::Dimension, nullptr),
                    InstanceAccessor<&Self::QueryTokens>("queryTokens"),
                    InstanceAccessor<&Self::DocumentTokens>("documentTokens"),
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

Napi::Value MultiVectorEncoderBinding::QueryTokens(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return static_cast<double>(model.query_tokens()); });
}
Napi::Value MultiVectorEncoderBinding::DocumentTokens(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return static_cast<double>(model.document_tokens()); });
}

}  // namespace densenode::binding
