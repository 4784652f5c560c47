#include "binding/scoring_binding.h"

#include <memory>
#include <utility>

#include "binding/arrays.h"
#include "binding/cancellation_binding.h"
#include "binding/errors.h"
#include "binding/job.h"
#include "index/max_sim.h"
#include "index/quantize.h"
#include "index/rescore.h"

namespace densenode::binding {
namespace {

std::size_t Size(const Napi::Value& value) {
  return static_cast<std::size_t>(value.As<Napi::Number>().Int64Value());
}

Napi::Value Quantize(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    QuantizeRequest request;
    request.embeddings = job->PinFloats(info[0]);
    request.dimension = Size(info[1]);
    request.precision = ParsePrecision(info[2].As<Napi::String>().Utf8Value());
    request.calibration = job->PinFloats(info[3]);
    request.ranges = job->PinFloats(info[4]);
    job->Pin(info[5]);
    request.out = Codes(info[5]).data();
    job->Use(CancellationBinding::From(info[6]));
    request.cancellation = job->cancellation();
    return job->Start([&](Job::Done done) { StartQuantize(std::move(request), std::move(done)); }, Undefined);
  });
}

Napi::Value Rescore(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    RescoreRequest request;
    request.queries = job->PinFloats(info[0]);
    request.dimension = Size(info[1]);
    request.candidates = job->PinInt64s(info[2]);
    request.candidates_per_query = Size(info[3]);
    if (info[5].IsString()) {
      job->Pin(info[4]);
      request.codes = Codes(info[4]);
      request.precision = ParsePrecision(info[5].As<Napi::String>().Utf8Value());
      request.ranges = job->PinFloats(info[6]);
    } else {
      request.embeddings = job->PinFloats(info[4]);
    }
    request.k = Size(info[7]);
    job->Pin(info[8]);
    job->Pin(info[9]);
    request.ids = Int64s(info[8]).data();
    request.scores = Floats(info[9]).data();
    job->Use(CancellationBinding::From(info[10]));
    request.cancellation = job->cancellation();
    return job->Start([&](Job::Done done) { StartRescore(std::move(request), std::move(done)); }, Undefined);
  });
}

Napi::Value MaxSim(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    const auto rows = [&](const Napi::Value& data, const Napi::Value& offsets) -> MultiVectorRows {
      const auto copied = Int32s(offsets);
      return {{copied.begin(), copied.end()}, job->PinFloats(data)};
    };
    MaxSimRequest request;
    request.queries = rows(info[0], info[1]);
    request.documents = rows(info[2], info[3]);
    request.dimension = Size(info[4]);
    request.mean = info[5].As<Napi::Boolean>();
    job->Pin(info[6]);
    request.out = Floats(info[6]).data();
    job->Use(CancellationBinding::From(info[7]));
    request.cancellation = job->cancellation();
    return job->Start([&](Job::Done done) { StartMaxSim(std::move(request), std::move(done)); }, Undefined);
  });
}

}  // namespace

std::span<std::uint8_t> Codes(const Napi::Value& value) {
  const bool is_signed =
      value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_int8_array;
  return View<std::uint8_t>(value, is_signed ? napi_int8_array : napi_uint8_array);
}

void RegisterScoring(Napi::Env env, Napi::Object exports) {
  exports.Set("quantize", Napi::Function::New(env, Quantize, "quantize"));
  exports.Set("rescore", Napi::Function::New(env, Rescore, "rescore"));
  exports.Set("maxSim", Napi::Function::New(env, MaxSim, "maxSim"));
}

}  // namespace densenode::binding
