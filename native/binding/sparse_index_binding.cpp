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
  Napi::Function constructor = DefineClass(env, "SparseIndex",
                                           {
                                               StaticMethod<&Self::Create>("create"),
                                               StaticMethod<&Self::Open>("open"),
                                               StaticMethod<&Self::Attach>("attach"),
                                               InstanceMethod("share", &Self::Share),
                                               InstanceMethod<&Self::Add>("add"),
                                               InstanceMethod<&Self::Remove>("remove"),
                                               InstanceMethod<&Self::Search>("search"),
                                               InstanceMethod<&Self::Save>("save"),
                                               InstanceMethod("dispose", &Self::Dispose),
                                               InstanceAccessor<&Self::Count>("count"),
                                               InstanceAccessor<&Self::NextId>("nextId"),
                                               InstanceAccessor<&Self::MemoryBytes>("memoryBytes"),
                                           });
  Environment::DataOf(env).sparse_index = Napi::Persistent(constructor);
  exports.Set("SparseIndex", constructor);
}

Napi::Value SparseIndexBinding::Create(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value { return Make(info.Env(), SparseIndex::Create()); });
}

Napi::Value SparseIndexBinding::Open(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const std::string path = info[0].As<Napi::String>();
    auto opened = std::make_shared<std::shared_ptr<SparseIndex>>();
    auto job = std::make_shared<Job>(info.Env());
    return job->StartBlocking([=] { *opened = SparseIndex::Open(path); },
                              [=](Napi::Env env) -> Napi::Value { return Make(env, *opened); });
  });
}

Napi::Value SparseIndexBinding::Add(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    SparseRows rows = PinRows(*job, info[0], info[1], info[2]);
    std::span<const std::int64_t> ids;
    if (info[3].IsTypedArray()) ids = job->PinInt64s(info[3]);
    return job->StartBlocking([=, index = native()] { index->Add(rows, ids); }, Undefined);
  });
}

Napi::Value SparseIndexBinding::Remove(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    auto removed = std::make_shared<std::size_t>(0);
    auto work = [=, index = native(), ids = job->PinInt64s(info[0])] { *removed = index->Remove(ids); };
    return job->StartBlocking(work, NumberOf(removed));
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

Napi::Value SparseIndexBinding::Save(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    return job->StartBlocking(
        [index = native(), path = info[0].As<Napi::String>().Utf8Value()] { index->Save(path); }, Undefined);
  });
}

Napi::Value SparseIndexBinding::Count(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    return Napi::Number::New(info.Env(), static_cast<double>(native()->count()));
  });
}

Napi::Value SparseIndexBinding::NextId(const Napi::CallbackInfo& info) {
  return Guard(info.Env(),
               [&]() -> Napi::Value { return Napi::BigInt::New(info.Env(), native()->next_id()); });
}

Napi::Value SparseIndexBinding::MemoryBytes(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    return Napi::Number::New(info.Env(), static_cast<double>(native()->memory_bytes()));
  });
}

}  // namespace densenode::binding
