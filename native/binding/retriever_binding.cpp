#include "binding/retriever_binding.h"

#include "binding/arrays.h"
#include "binding/cancellation_binding.h"
#include "binding/embedding_model_binding.h"
#include "binding/filter_binding.h"
#include "binding/job.h"
#include "binding/linear_adapter_binding.h"
#include "binding/options.h"
#include "binding/text_list_binding.h"
#include "binding/vector_index_binding.h"
#include "index/retriever.h"

namespace densenode::binding {
namespace {

Napi::Value Retrieve(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto model = EmbeddingModelBinding::From(info[0]);
    auto index = VectorIndexBinding::From(info[1]);
    auto job = std::make_shared<Job>(info.Env());
    job->Pin(info[6]);
    job->Pin(info[7]);
    job->Pin(info[8]);
    job->Use(CancellationBinding::From(info[9]));
    RetrieveRequest request;
    request.texts = TextListBinding::From(info[2]);
    request.prompt = info[3].As<Napi::String>();
    request.k = static_cast<std::size_t>(info[4].As<Napi::Number>().Int64Value());
    request.parameters = NumberMap(info[5]);
    request.ids = Int64s(info[6]).data();
    request.scores = Floats(info[7]).data();
    request.token_counts = Int32s(info[8]).data();
    request.cancellation = job->cancellation();
    request.adapter = LinearAdapterBinding::Option(info[10]);
    request.filter = FilterOption(info[11], job.get());
    request.task = info[12].As<Napi::String>();
    request.caller = job->env();
    return job->Start(
        [&](Job::Done done) { StartRetrieve(model, index, std::move(request), std::move(done)); }, Undefined);
  });
}

Napi::Value AddTexts(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto model = EmbeddingModelBinding::From(info[0]);
    auto index = VectorIndexBinding::From(info[1]);
    auto job = std::make_shared<Job>(info.Env());
    AddTextsRequest request;
    request.texts = TextListBinding::From(info[2]);
    request.prompt = info[3].As<Napi::String>();
    request.ids = job->PinInt64s(info[4]);
    job->Use(CancellationBinding::From(info[5]));
    request.cancellation = job->cancellation();
    request.task = info[6].As<Napi::String>();
    return job->Start(
        [&](Job::Done done) { StartAddTexts(model, index, std::move(request), std::move(done)); }, Undefined);
  });
}

}  // namespace

void RegisterRetriever(Napi::Env env, Napi::Object exports) {
  exports.Set("retrieve", Napi::Function::New(env, Retrieve, "retrieve"));
  exports.Set("addTexts", Napi::Function::New(env, AddTexts, "addTexts"));
}

}  // namespace densenode::binding
