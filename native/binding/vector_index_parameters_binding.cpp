// Parameters of a VectorIndex, and the exact search that tuning measures them against.
#include "binding/arrays.h"
#include "binding/cancellation_binding.h"
#include "binding/job.h"
#include "binding/options.h"
#include "binding/vector_index_binding.h"
#include "index/index_parameters.h"
#include "index/search_job.h"

namespace densenode::binding {

void VectorIndexBinding::CheckSearchParameters(const Napi::CallbackInfo& info) {
  Guard(info.Env(), [&] { native()->CheckSearchParameters(NumberMap(info[0])); });
}

Napi::Value VectorIndexBinding::SetSearchParameters(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    auto work = [index = native(), parameters = NumberMap(info[0])] {
      index->SetSearchParameters(parameters);
    };
    return job->StartChange({native()->changes()}, false, work, Undefined);
  });
}

Napi::Value VectorIndexBinding::SearchExact(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    job->Pin(info[0]);
    job->Pin(info[2]);
    job->Pin(info[3]);
    job->Use(CancellationBinding::From(info[4]));
    SearchRequest request;
    request.exact = true;
    request.queries = Floats(info[0]);
    request.k = static_cast<std::size_t>(info[1].As<Napi::Number>().Int64Value());
    request.ids = Int64s(info[2]).data();
    request.scores = Floats(info[3]).data();
    request.cancellation = job->cancellation();
    return job->Start([&](Job::Done done) { StartSearch(native(), std::move(request), std::move(done)); },
                      Undefined);
  });
}

Napi::Value VectorIndexBinding::SearchParameters(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto values = Napi::Object::New(info.Env());
    for (const auto& [name, value] : native()->search_parameters()) values.Set(name, value);
    return values;
  });
}

Napi::Value VectorIndexBinding::ParameterRanges(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto ranges = Napi::Object::New(info.Env());
    for (const IndexParameter& each : native()->parameters()) {
      if (each.use != ParameterUse::kSearch) continue;
      auto range = Napi::Object::New(info.Env());
      range.Set("min", each.least);
      range.Set("max", each.most);
      ranges.Set(each.name, range);
    }
    return ranges;
  });
}

Napi::Value VectorIndexBinding::KeepsVectors(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& index) { return index.keeps_vectors(); });
}

}  // namespace densenode::binding
