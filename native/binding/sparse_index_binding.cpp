#include "binding/sparse_index_binding.h"

#include <utility>

#include "binding/arrays.h"
#include "binding/cancellation_binding.h"
#include "binding/filter_binding.h"
#include "binding/job.h"

namespace densenode::binding {
namespace {

// Offsets are copied; token ids and weights are pinned.
SparseRows PinRows(Job& job, const Napi::Value& offsets, const Napi::Value& terms,
                   const Napi::Value& weights) {
  job.Pin(terms);
  job.Pin(weights);
  const auto copied = Int32s(offsets);
  return {{copied.begin(), copied.end()}, Int32s(terms), Floats(weights)};
}

}  // namespace

void SparseIndexBinding::Register(Napi::Env env, Napi::Object exports) {
  using Self = SparseIndexBinding;
  RegisterIndex(env, exports, "SparseIndex",
                {
                    StaticMethod<&Self::Create>("create"),
                    StaticMethod<&Self::Open>("open"),
                    InstanceMethod<&Self::Add>("add"),
                    InstanceMethod<&Self::Search>("search"),
                });
}

Napi::Value SparseIndexBinding::Create(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value { return Make(info.Env(), SparseIndex::Create()); });
}

Napi::Value SparseIndexBinding::Open(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const std::string path = info[0].As<Napi::String>();
    return MakeOnPool(info.Env(), [path] { return SparseIndex::Open(path); });
  });
}

Napi::Value SparseIndexBinding::Add(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    SparseRows rows = PinRows(*job, info[0], info[1], info[2]);
    const auto ids = job->PinInt64s(info[3]);
    auto work = [=, index = native()] { index->Add(rows, ids); };
    return job->StartChange({native()->changes()}, false, work, Undefined);
  });
}

Napi::Value SparseIndexBinding::Search(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    SparseSearchRequest request;
    request.queries = PinRows(*job, info[0], info[1], info[2]);
    request.k = static_cast<std::size_t>(info[3].As<Napi::Number>().Int64Value());
    job->Pin(info[4]);
    job->Pin(info[5]);
    request.ids = Int64s(info[4]).data();
    request.scores = Floats(info[5]).data();
    job->Use(CancellationBinding::From(info[6]));
    request.cancellation = job->cancellation();
    request.filter = FilterOption(info[7], job.get());
    return job->Start(
        [&](Job::Done done) { StartSparseSearch(native(), std::move(request), std::move(done)); }, Undefined);
  });
}

}  // namespace densenode::binding
