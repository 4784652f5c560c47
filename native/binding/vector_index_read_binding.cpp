// Methods of VectorIndex that read what it holds.
#include "binding/arrays.h"
#include "binding/cancellation_binding.h"
#include "binding/filter_binding.h"
#include "binding/job.h"
#include "binding/options.h"
#include "binding/vector_index_binding.h"
#include "index/range_search_job.h"

namespace densenode::binding {

Napi::Value VectorIndexBinding::RangeSearch(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    job->Pin(info[0]);
    job->Use(CancellationBinding::From(info[4]));
    RangeSearchRequest request;
    request.queries = Floats(info[0]);
    request.radius = info[1].As<Napi::Number>().FloatValue();
    request.parameters = NumberMap(info[2]);
    request.most = static_cast<std::size_t>(info[3].As<Napi::Number>().Int64Value());
    request.cancellation = job->cancellation();
    request.filter = FilterOption(info[5], job.get());
    auto hits = std::make_shared<RangeHits>();
    return job->Start(
        [&](Job::Done done) {
          StartRangeSearch(native(), std::move(request),
                           [hits, done = std::move(done)](std::exception_ptr error, RangeHits found) {
                             *hits = std::move(found);
                             done(error);
                           });
        },
        [hits](Napi::Env env) -> Napi::Value {
          std::vector<std::int32_t> offsets{0};
          offsets.reserve(hits->counts.size() + 1);
          for (std::size_t count : hits->counts) {
            offsets.push_back(offsets.back() + static_cast<std::int32_t>(count));
          }
          auto result = Napi::Object::New(env);
          result.Set("ids", ToBigInt64Array(env, std::move(hits->ids)));
          result.Set("scores", ToFloat32Array(env, std::move(hits->scores)));
          result.Set("offsets", ToInt32Array(env, std::move(offsets)));
          return result;
        });
  });
}

Napi::Value VectorIndexBinding::Reconstruct(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    job->Pin(info[1]);
    return job->StartBlocking([index = native(), ids = job->PinInt64s(info[0]),
                               out = Floats(info[1]).data()] { index->Reconstruct(ids, out); },
                              Undefined);
  });
}

Napi::Value VectorIndexBinding::Has(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    bool lossless;
    const std::int64_t id = info[0].As<Napi::BigInt>().Int64Value(&lossless);
    auto job = std::make_shared<Job>(info.Env());
    auto found = std::make_shared<bool>(false);
    return job->StartBlocking([=, index = native()] { *found = index->Has(id); },
                              [=](Napi::Env env) -> Napi::Value { return Napi::Boolean::New(env, *found); });
  });
}

Napi::Value VectorIndexBinding::Ids(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    auto ids = std::make_shared<std::vector<std::int64_t>>();
    return job->StartBlocking(
        [=, index = native()] { *ids = index->Ids(); },
        [=](Napi::Env env) -> Napi::Value { return ToBigInt64Array(env, std::move(*ids)); });
  });
}

}  // namespace densenode::binding
