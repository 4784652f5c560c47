#include "binding/linear_adapter_binding.h"

#include <algorithm>
#include <utility>

#include "binding/arrays.h"
#include "binding/cancellation_binding.h"
#include "binding/job.h"
#include "binding/options.h"
#include "training/training_job.h"

namespace densenode::binding {
namespace {

constexpr std::size_t kRowsPerItem = 1024;  // of apply(): other jobs get their turn between them

TrainingRequest ReadTraining(Job& job, const Napi::Object& from) {
  TrainingRequest request;
  request.data.dimension = SizeOption(from, "dimension").value_or(0);
  request.data.documents = job.PinFloats(from.Get("documents"));
  request.data.training = {job.PinFloats(from.Get("queries")), job.PinInt64s(from.Get("positives"))};
  request.data.negatives = job.PinInt64s(from.Get("negatives"));
  request.data.validation = {job.PinFloats(from.Get("validationQueries")),
                             job.PinInt64s(from.Get("validationPositives"))};
  request.options = {.temperature = static_cast<float>(NumberOption(from, "temperature").value_or(0.05)),
                     .epochs = SizeOption(from, "epochs").value_or(1),
                     .batch_size = SizeOption(from, "batchSize").value_or(1),
                     .learning_rate = NumberOption(from, "learningRate").value_or(0),
                     .weight_decay = NumberOption(from, "weightDecay").value_or(0),
                     .bias = BoolOption(from, "bias").value_or(true),
                     .patience = SizeOption(from, "patience").value_or(1),
                     .seed = SizeOption(from, "seed").value_or(0)};
  request.model = StringOption(from, "model").value_or("");
  request.cancellation = job.cancellation();
  return request;
}

template <typename Array, typename T>
Array Copy(Napi::Env env, const std::vector<T>& values) {
  Array array = Array::New(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

}  // namespace

void LinearAdapterBinding::Register(Napi::Env env, Napi::Object exports) {
  using Self = LinearAdapterBinding;
  RegisterClass(env, exports, "LinearAdapter",
                {
                    StaticMethod<&Self::Train>("train"),
                    StaticMethod<&Self::Load>("load"),
                    InstanceMethod<&Self::Apply>("apply"),
                    InstanceMethod<&Self::Save>("save"),
                    InstanceAccessor<&Self::Dimension>("dimension"),
                    InstanceAccessor<&Self::Model>("model"),
                    InstanceAccessor<&Self::Weight>("weight"),
                    InstanceAccessor<&Self::Bias>("bias"),
                });
}

Napi::Value LinearAdapterBinding::Train(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const auto options = info[0].As<Napi::Object>();
    auto job = std::make_shared<Job>(info.Env());
    job->Use(CancellationBinding::From(info[1]));
    TrainingRequest request = ReadTraining(*job, options);
    request.on_progress = job->OnProgress(options.Get("onProgress"));
    auto result = std::make_shared<TrainingResult>();
    return job->Start([&](Job::Done done) { StartTraining(std::move(request), result, std::move(done)); },
                      [result](Napi::Env env) -> Napi::Value {
                        Napi::Object trained = Napi::Object::New(env);
                        const TrainingHistory& history = result->history;
                        trained.Set("adapter", Make(env, result->adapter));
                        trained.Set("losses", Copy<Napi::Float64Array>(env, history.losses));
                        trained.Set("validation", Copy<Napi::Float64Array>(env, history.validation));
                        trained.Set("bestEpoch", static_cast<double>(history.best_epoch));
                        return trained;
                      });
  });
}

Napi::Value LinearAdapterBinding::Load(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const std::string path = info[0].As<Napi::String>();
    return MakeOnPool(info.Env(), [path] { return LinearAdapter::Open(path); });
  });
}

Napi::Value LinearAdapterBinding::Apply(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    job->Pin(info[0]);
    job->Pin(info[1]);
    job->Use(CancellationBinding::From(info[2]));
    const std::span<const float> embeddings = Floats(info[0]);
    const std::span<float> out = Floats(info[1]);
    const std::size_t dimension = native()->dimension();
    const std::size_t rows = embeddings.size() / dimension;
    if (embeddings.size() % dimension != 0 || out.size() != embeddings.size())
      Fail(ErrorCode::kInvalidArgument, "embeddings and out must have the same rows of dimension ",
           dimension);
    auto work = [adapter = native(), embeddings, out, rows](std::size_t item) {
      const std::size_t first = item * kRowsPerItem;
      adapter->Apply(embeddings.data() + first * adapter->dimension(), std::min(kRowsPerItem, rows - first),
                     out.data() + first * adapter->dimension());
    };
    return job->Start(
        [&](Job::Done done) {
          Executor::Get().ForEach((rows + kRowsPerItem - 1) / kRowsPerItem, 0, job->cancellation(),
                                  std::move(work), std::move(done));
        },
        Undefined);
  });
}

Napi::Value LinearAdapterBinding::Save(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    return job->StartBlocking(
        [adapter = native(), path = info[0].As<Napi::String>().Utf8Value()] { adapter->Save(path); },
        Undefined);
  });
}

Napi::Value LinearAdapterBinding::Dimension(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    return Napi::Number::New(info.Env(), static_cast<double>(native()->dimension()));
  });
}

Napi::Value LinearAdapterBinding::Model(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value { return Napi::String::New(info.Env(), native()->model()); });
}

Napi::Value LinearAdapterBinding::Weight(const Napi::CallbackInfo& info) {
  return Guard(info.Env(),
               [&]() -> Napi::Value { return Copy<Napi::Float32Array>(info.Env(), native()->weight()); });
}

Napi::Value LinearAdapterBinding::Bias(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    if (native()->bias().empty()) return info.Env().Null();
    return Copy<Napi::Float32Array>(info.Env(), native()->bias());
  });
}

}  // namespace densenode::binding
