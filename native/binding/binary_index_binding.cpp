#include "binding/binary_index_binding.h"

#include <utility>

#include "binding/arrays.h"
#include "binding/cancellation_binding.h"
#include "binding/filter_binding.h"
#include "binding/job.h"
#include "binding/scoring_binding.h"
#include "index/quantize.h"

namespace densenode::binding {
namespace {

// A Float32Array, or the codes of a Uint8Array (ubinary) or an Int8Array (binary); pinned.
BinaryRows PinRows(Job& job, const Napi::Value& value) {
  job.Pin(value);
  const auto type = value.As<Napi::TypedArray>().TypedArrayType();
  if (type == napi_float32_array) return {.floats = Floats(value), .codes = {}};
  const auto precision = type == napi_int8_array ? Precision::kBinary : Precision::kUbinary;
  return {.floats = {}, .codes = Codes(value), .offset = CodeOffset(precision)};
}

}  // namespace

void BinaryIndexBinding::Register(Napi::Env env, Napi::Object exports) {
  using Self = BinaryIndexBinding;
  Napi::Function constructor = DefineClass(env, "BinaryIndex",
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
                                               InstanceAccessor<&Self::Dimension>("dimension"),
                                               InstanceAccessor<&Self::Count>("count"),
                                               InstanceAccessor<&Self::NextId>("nextId"),
                                               InstanceAccessor<&Self::MemoryBytes>("memoryBytes"),
                                           });
  Environment::DataOf(env).binary_index = Napi::Persistent(constructor);
  exports.Set("BinaryIndex", constructor);
}

Napi::Value BinaryIndexBinding::Create(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const auto dimension = static_cast<std::size_t>(info[0].As<Napi::Number>().Int64Value());
    return Make(info.Env(), BinaryIndex::Create(dimension));
  });
}

Napi::Value BinaryIndexBinding::Open(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const std::string path = info[0].As<Napi::String>();
    auto opened = std::make_shared<std::shared_ptr<BinaryIndex>>();
    auto job = std::make_shared<Job>(info.Env());
    return job->StartBlocking([=] { *opened = BinaryIndex::Open(path); },
                              [=](Napi::Env env) -> Napi::Value { return Make(env, *opened); });
  });
}

Napi::Value BinaryIndexBinding::Add(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    const BinaryRows rows = PinRows(*job, info[0]);
    std::span<const std::int64_t> ids;
    if (info[1].IsTypedArray()) ids = job->PinInt64s(info[1]);
    return job->StartBlocking([=, index = native()] { index->Add(rows, ids); }, Undefined);
  });
}

Napi::Value BinaryIndexBinding::Remove(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    auto removed = std::make_shared<std::size_t>(0);
    auto work = [=, index = native(), ids = job->PinInt64s(info[0])] { *removed = index->Remove(ids); };
    return job->StartBlocking(work, NumberOf(removed));
  });
}

Napi::Value BinaryIndexBinding::Search(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    BinarySearchRequest request;
    request.queries = PinRows(*job, info[0]);
    request.k = static_cast<std::size_t>(info[1].As<Napi::Number>().Int64Value());
    request.candidates = static_cast<std::size_t>(info[2].As<Napi::Number>().Int64Value());
    job->Pin(info[3]);
    job->Pin(info[4]);
    request.ids = Int64s(info[3]).data();
    request.scores = Floats(info[4]).data();
    job->Use(CancellationBinding::From(info[5]));
    request.cancellation = job->cancellation();
    request.filter = FilterOption(info[6], job.get());
    return job->Start(
        [&](Job::Done done) { StartBinarySearch(native(), std::move(request), std::move(done)); }, Undefined);
  });
}

Napi::Value BinaryIndexBinding::Save(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    return job->StartBlocking(
        [index = native(), path = info[0].As<Napi::String>().Utf8Value()] { index->Save(path); }, Undefined);
  });
}

Napi::Value BinaryIndexBinding::Dimension(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    return Napi::Number::New(info.Env(), static_cast<double>(native()->dimension()));
  });
}

Napi::Value BinaryIndexBinding::Count(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    return Napi::Number::New(info.Env(), static_cast<double>(native()->count()));
  });
}

Napi::Value BinaryIndexBinding::NextId(const Napi::CallbackInfo& info) {
  return Guard(info.Env(),
               [&]() -> Napi::Value { return Napi::BigInt::New(info.Env(), native()->next_id()); });
}

Napi::Value BinaryIndexBinding::MemoryBytes(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    return Napi::Number::New(info.Env(), static_cast<double>(native()->memory_bytes()));
  });
}

}  // namespace densenode::binding
