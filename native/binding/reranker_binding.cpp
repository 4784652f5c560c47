#include "binding/reranker_binding.h"

#include <utility>

#include "binding/arrays.h"
#include "binding/cancellation_binding.h"
#include "binding/job.h"
#include "binding/text_list_binding.h"

namespace densenode::binding {

void RerankerBinding::Register(Napi::Env env, Napi::Object exports) {
  using Self = RerankerBinding;
  RegisterModel(env, exports, "Reranker",
                {
                    InstanceMethod<&Self::Predict>("predict"),
                    InstanceAccessor<&Self::Labels>("labels"),
                    InstanceAccessor("maxTokens", &Self::MaxTokens, nullptr),
                    InstanceAccessor<&Self::Activation>("activation"),
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

Napi::Value RerankerBinding::Labels(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return static_cast<double>(model.labels()); });
}
Napi::Value RerankerBinding::Activation(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& model) { return model.activation().name(); });
}

}  // namespace densenode::binding
