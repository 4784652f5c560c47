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
  RegisterIndex(env, exports, "BinaryIndex",
                {
                    StaticMethod<&Self::Create>("create"),
                    StaticMethod<&Self::Open>("open"),
                    InstanceMethod<&Self::Add>("add"),
                    InstanceMethod<&Self::Search>("search"),
                    InstanceAccessor<&Self::Dimension>("dimension"),
                });
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
    return MakeOnPool(info.Env(), [path] { return BinaryIndex::Open(path); });
  });
}

Napi::Value BinaryIndexBinding::Add(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    const BinaryRows rows = PinRows(*job, info[0]);
    const auto ids = job->PinInt64s(info[1]);
    auto work = [=, index = native()] { index->Add(rows, ids); };
    return job->StartChange({native()->changes()}, false, work, Undefined);
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

Napi::Value BinaryIndexBinding::Dimension(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& index) { return static_cast<double>(index.dimension()); });
}

}  // namespace densenode::binding
