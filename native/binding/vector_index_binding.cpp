#include "binding/vector_index_binding.h"

#include "binding/arrays.h"
#include "binding/cancellation_binding.h"
#include "binding/filter_binding.h"
#include "binding/job.h"
#include "binding/options.h"
#include "common/one_thread.h"
#include "index/flat_search.h"
#include "index/index_codes.h"
#include "index/make_index.h"
#include "index/place.h"
#include "index/search_job.h"

namespace densenode::binding {
namespace {

// Unset, "fp32" or "fp16"; lib/ has validated it.
std::optional<Storage> StorageOption(const Napi::Value& value) {
  if (!value.IsString()) return std::nullopt;
  const bool half = value.As<Napi::String>().Utf8Value() == StorageName(Storage::kHalf);
  return half ? Storage::kHalf : Storage::kFloat;
}

Place PlaceOption(const Napi::Value& devices, const Napi::Value& mode) {
  return ResolvePlace(devices.As<Napi::String>().Utf8Value(),
                      ParseSpread(mode.As<Napi::String>().Utf8Value()));
}

// What search and searchSync begin with: queries, k, parameters, ids, scores and filter.
SearchRequest ReadSearch(const Napi::CallbackInfo& info, const VectorIndex& index, Job* job) {
  SearchRequest request;
  request.queries = Floats(info[0]);
  request.k = static_cast<std::size_t>(info[1].As<Napi::Number>().Int64Value());
  request.parameters = NumberMap(info[2]);
  if (!request.parameters.empty()) index.CheckSearchParameters(request.parameters);
  request.ids = Int64s(info[3]).data();
  request.scores = Floats(info[4]).data();
  request.filter = FilterOption(info[5], job);
  return request;
}

}  // namespace

void VectorIndexBinding::Register(Napi::Env env, Napi::Object exports) {
  using Self = VectorIndexBinding;
  RegisterIndex(env, exports, "VectorIndex",
                {
                    StaticMethod<&Self::Create>("create"),
                    StaticMethod<&Self::Open>("open"),
                    InstanceMethod<&Self::Train>("train"),
                    InstanceMethod<&Self::Add>("add"),
                    InstanceMethod<&Self::Update>("update"),
                    InstanceMethod<&Self::Merge>("merge"),
                    InstanceMethod<&Self::Upgrade>("upgrade"),
                    InstanceMethod<&Self::Compact>("compact"),
                    InstanceMethod<&Self::Search>("search"),
                    InstanceMethod<&Self::SearchSync>("searchSync"),
                    InstanceMethod<&Self::SearchExact>("searchExact"),
                    InstanceMethod<&Self::RangeSearch>("rangeSearch"),
                    InstanceMethod<&Self::CheckSearchParameters>("checkSearchParameters"),
                    InstanceMethod<&Self::SetSearchParameters>("setSearchParameters"),
                    InstanceMethod<&Self::Reconstruct>("reconstruct"),
                    InstanceMethod<&Self::Has>("has"),
                    InstanceMethod<&Self::Ids>("ids"),
                    InstanceMethod<&Self::To>("to"),
                    InstanceAccessor<&Self::Dimension>("dimension"),
                    InstanceAccessor<&Self::MetricOf>("metric"),
                    InstanceAccessor<&Self::Factory>("factory"),
                    InstanceAccessor<&Self::IsTrained>("isTrained"),
                    InstanceAccessor<&Self::DeviceName>("device"),
                    InstanceAccessor<&Self::MostResults>("maxK"),
                    InstanceAccessor<&Self::SearchParameters>("searchParameters"),
                    InstanceAccessor<&Self::ParameterRanges>("parameterRanges"),
                    InstanceAccessor<&Self::KeepsVectors>("keepsVectors"),
                    StaticMethod<&Self::ImportFaiss>("importFaiss"),
                    InstanceMethod<&Self::ExportFaiss>("exportFaiss"),
                    InstanceAccessor<&Self::Model>("model"),
                    InstanceAccessor<&Self::ByteCodes>("byteCodes"),
                    StaticMethod<&Self::ByteCodeBytes>("byteCodeBytes"),
                });
}

Napi::Value VectorIndexBinding::Create(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const auto from = info[0].As<Napi::Object>();
    VectorIndex::CreateOptions options;
    options.dimension = SizeOption(from, "dimension").value_or(0);
    options.metric = ParseMetric(StringOption(from, "metric").value_or(""));
    options.factory = StringOption(from, "factory").value_or(options.factory);
    options.parameters = NumberMap(from.Get("parameters"));
    options.model = StringOption(from, "model").value_or("");
    options.byte_codes = BoolOption(from, "byteCodes").value_or(options.byte_codes);
    return Make(info.Env(), VectorIndex::Create(options));
  });
}

Napi::Value VectorIndexBinding::Open(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const std::string path = info[0].As<Napi::String>();
    const bool mmap = info[1].As<Napi::Boolean>();
    const Place device = PlaceOption(info[2], info[4]);
    const auto storage = StorageOption(info[3]);
    const bool byte_codes = info[5].As<Napi::Boolean>();
    return MakeOnPool(info.Env(), [=] {
      // On its way to a device the index needs no copy in host memory.
      const auto index = VectorIndex::Open(path, mmap || device.is_cuda(), byte_codes);
      index->MoveTo(device, storage);
      return index;
    });
  });
}

Napi::Value VectorIndexBinding::To(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const Place device = PlaceOption(info[0], info[2]);
    auto job = std::make_shared<Job>(info.Env());
    auto work = [index = native(), device, storage = StorageOption(info[1])] {
      index->MoveTo(device, storage);
    };
    return job->StartChange({native()->changes()}, false, work, Undefined);
  });
}

Napi::Value VectorIndexBinding::Search(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    SearchRequest request = ReadSearch(info, *native(), job.get());
    if (!request.filter && Environment::Of(info.Env())->MayWorkHere()) {
      const OneThread one_thread;
      if (native()->SearchIfTiny(request.queries, request.k, request.parameters, request.ids, request.scores))
        return info.Env().Undefined();
    }
    job->Pin(info[0]);
    job->Pin(info[3]);
    job->Pin(info[4]);
    job->Use(CancellationBinding::From(info[6]));
    request.cancellation = job->cancellation();
    request.caller = job->env();
    return job->Start([&](Job::Done done) { StartSearch(native(), std::move(request), std::move(done)); },
                      Undefined);
  });
}

Napi::Value VectorIndexBinding::SearchSync(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const SearchRequest request = ReadSearch(info, *native(), nullptr);
    const OneThread one_thread;
    SearchOnThisThread(native(), request);
    return info.Env().Undefined();
  });
}

Napi::Value VectorIndexBinding::Save(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    auto work = [index = native(), path = info[0].As<Napi::String>().Utf8Value()] { index->Save(path); };
    return job->StartChange({native()->changes()}, false, work, Undefined);
  });
}

Napi::Value VectorIndexBinding::Dimension(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& index) { return static_cast<double>(index.dimension()); });
}
Napi::Value VectorIndexBinding::MetricOf(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& index) { return MetricName(index.metric()); });
}
Napi::Value VectorIndexBinding::Factory(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& index) { return index.factory(); });
}
Napi::Value VectorIndexBinding::IsTrained(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& index) { return index.is_trained(); });
}
Napi::Value VectorIndexBinding::DeviceName(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& index) { return index.device().name(); });
}
Napi::Value VectorIndexBinding::MostResults(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& index) { return static_cast<double>(index.most_results()); });
}

Napi::Value VectorIndexBinding::ImportFaiss(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const std::string path = info[0].As<Napi::String>();
    std::optional<Metric> metric;
    if (info[1].IsString()) metric = ParseMetric(info[1].As<Napi::String>().Utf8Value());
    const bool byte_codes = info[2].As<Napi::Boolean>();
    return MakeOnPool(info.Env(), [=] { return VectorIndex::ImportFaiss(path, metric, byte_codes); });
  });
}

Napi::Value VectorIndexBinding::ExportFaiss(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    auto work = [index = native(), path = info[0].As<Napi::String>().Utf8Value()] {
      index->ExportFaiss(path);
    };
    return job->StartChange({native()->changes()}, false, work, Undefined);
  });
}

Napi::Value VectorIndexBinding::Model(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& index) { return index.model(); });
}

Napi::Value VectorIndexBinding::ByteCodes(const Napi::CallbackInfo& info) {
  return Property(info, [](auto& index) { return index.byte_codes(); });
}

Napi::Value VectorIndexBinding::ByteCodeBytes(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const auto from = info[0].As<Napi::Object>();
    const Metric metric = ParseMetric(StringOption(from, "metric").value_or(""));
    const std::string family = StringOption(from, "family").value_or("");
    const std::size_t dimension = SizeOption(from, "dimension").value_or(0);
    const std::size_t count = SizeOption(from, "count").value_or(0);
    const std::size_t lists = SizeOption(from, "lists").value_or(0);
    const auto of = [&](CodeForm form, std::size_t vectors) {
      return CodeBytes(form, FaissMetric(metric), dimension, vectors, lists);
    };
    const std::size_t bytes = family == "Flat"        ? FlatSearch::CodeBytes(metric, dimension, count)
                              : family == "HNSW"      ? of(CodeForm::kRows, count)
                              : family == "centroids" ? of(CodeForm::kChunks, lists)
                                                      : of(CodeForm::kLists, count);
    return Napi::Number::New(info.Env(), static_cast<double>(bytes));
  });
}

}  // namespace densenode::binding
