// Methods of VectorIndex that change it.
#include "binding/arrays.h"
#include "binding/cancellation_binding.h"
#include "binding/job.h"
#include "binding/options.h"
#include "binding/vector_index_binding.h"
#include "index/faiss_change.h"
#include "index/interrupt.h"

namespace densenode::binding {

Napi::Value VectorIndexBinding::Train(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    job->Pin(info[0]);
    job->Use(CancellationBinding::From(info[1]));
    auto work = [index = native(), vectors = Floats(info[0]), cancellation = job->cancellation()] {
      Interruptible(cancellation.get(), [&] { index->Train(vectors); });
    };
    return job->StartChange({native()->changes()}, true, work, Undefined);
  });
}

Napi::Value VectorIndexBinding::Add(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    job->Pin(info[0]);
    const auto ids = job->PinInt64s(info[1]);
    job->Use(CancellationBinding::From(info[2]));
    const std::span<const float> vectors = Floats(info[0]);
    const bool wide = native()->WantsAllThreads(vectors.size() / native()->dimension());
    auto work = [index = native(), vectors, ids] { index->Add(vectors, ids); };
    return job->StartChange({native()->changes()}, wide, work, Undefined);
  });
}

Napi::Value VectorIndexBinding::Update(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    job->Pin(info[0]);
    job->Use(CancellationBinding::From(info[3]));
    const std::span<const float> vectors = Floats(info[0]);
    const Missing missing = info[2].As<Napi::Boolean>() ? Missing::kAdd : Missing::kRefuse;
    const bool wide = native()->WantsAllThreads(vectors.size() / native()->dimension());
    auto added = std::make_shared<std::size_t>(0);
    auto work = [=, index = native(), ids = job->PinInt64s(info[1])] {
      *added = index->Update(vectors, ids, missing);
    };
    return job->StartChange({native()->changes()}, wide, work, NumberOf(added));
  });
}

Napi::Value VectorIndexBinding::Merge(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    auto other = From(info[0]);
    const bool wide = native()->WantsAllThreads(other->count());
    const Strand::List strands{native()->changes(), other->changes()};
    auto work = [index = native(), other = std::move(other)] { index->Merge(*other); };
    return job->StartChange(strands, wide, work, Undefined);
  });
}

Napi::Value VectorIndexBinding::Upgrade(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    job->Use(CancellationBinding::From(info[3]));
    auto work = [index = native(), factory = info[0].As<Napi::String>().Utf8Value(),
                 parameters = NumberMap(info[1]), allow_lossy = info[2].As<Napi::Boolean>().Value(),
                 cancellation = job->cancellation()] {
      Interruptible(cancellation.get(),
                    [&] { index->Upgrade(factory, parameters, allow_lossy, cancellation.get()); });
    };
    // On one thread, so that searches go on.
    return job->StartChange({native()->changes()}, false, work, Undefined);
  });
}

Napi::Value VectorIndexBinding::Compact(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    job->Use(CancellationBinding::From(info[0]));
    auto work = [index = native(), cancellation = job->cancellation()] {
      Interruptible(cancellation.get(), [&] { index->Compact(cancellation.get()); });
    };
    return job->StartChange({native()->changes()}, false, work, Undefined);
  });
}

}  // namespace densenode::binding
