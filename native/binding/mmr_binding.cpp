#include "binding/mmr_binding.h"

#include "binding/arrays.h"
#include "binding/cancellation_binding.h"
#include "binding/errors.h"
#include "binding/job.h"
#include "index/mmr.h"

namespace densenode::binding {
namespace {

Napi::Value ChooseDiverse(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    for (std::size_t i : {0, 2, 3, 5, 6}) job->Pin(info[i]);
    job->Use(CancellationBinding::From(info[7]));
    MmrRequest request;
    request.vectors = Floats(info[0]);
    request.dimension = static_cast<std::size_t>(info[1].As<Napi::Number>().Int64Value());
    request.query = Floats(info[2]);
    request.relevance = View<double>(info[3], napi_float64_array);
    request.lambda = info[4].As<Napi::Number>();
    request.cancellation = job->cancellation().get();
    return job->StartBlocking(
        [request, rows = Int32s(info[5]), values = View<double>(info[6], napi_float64_array)] {
          densenode::ChooseDiverse(request, rows, values);
        },
        Undefined);
  });
}

}  // namespace

void RegisterMmr(Napi::Env env, Napi::Object exports) {
  exports.Set("chooseDiverse", Napi::Function::New(env, ChooseDiverse, "chooseDiverse"));
}

}  // namespace densenode::binding
