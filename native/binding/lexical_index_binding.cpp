#include "binding/lexical_index_binding.h"

#include "binding/arrays.h"
#include "binding/cancellation_binding.h"
#include "binding/filter_binding.h"
#include "binding/job.h"
#include "binding/options.h"
#include "binding/text_list_binding.h"
#include "lexical/lexical_jobs.h"

namespace densenode::binding {
namespace {

AnalyzerOptions ReadAnalyzer(const Napi::Object& from) {
  AnalyzerOptions options;
  options.stemmer = StringOption(from, "stemmer").value_or("");
  options.stopwords = StringsOption(from, "stopwords").value_or(options.stopwords);
  options.lowercase = BoolOption(from, "lowercase").value_or(options.lowercase);
  options.min_token_length = SizeOption(from, "minTokenLength").value_or(options.min_token_length);
  options.words = ParseWordRule(StringOption(from, "words").value_or(""));
  return options;
}

LexicalIndex::Options ReadOptions(const Napi::Object& from) {
  LexicalIndex::Options options;
  Scoring::Options& scoring = options.scoring;
  scoring.kind = ParseScoringKind(StringOption(from, "scoring").value_or(""));
  if (scoring.kind == Scoring::Kind::kBm25)
    scoring.variant = ParseBm25Variant(StringOption(from, "variant").value_or(""));
  scoring.k1 = NumberOption(from, "k1").value_or(scoring.k1);
  scoring.b = NumberOption(from, "b").value_or(scoring.b);
  scoring.delta = NumberOption(from, "delta").value_or(scoring.delta);
  scoring.sublinear_tf = BoolOption(from, "sublinearTf").value_or(scoring.sublinear_tf);
  options.analyzer = ReadAnalyzer(from.Get("analyzer").As<Napi::Object>());
  return options;
}

}  // namespace

void LexicalIndexBinding::Register(Napi::Env env, Napi::Object exports) {
  using Self = LexicalIndexBinding;
  RegisterIndex(env, exports, "LexicalIndex",
                {
                    StaticMethod<&Self::Create>("create"),
                    StaticMethod<&Self::Open>("open"),
                    InstanceMethod<&Self::Add>("add"),
                    InstanceMethod<&Self::Search>("search"),
                    InstanceMethod<&Self::Analyze>("analyze"),
                    InstanceAccessor<&Self::Options>("options"),
                });
}

Napi::Value LexicalIndexBinding::Create(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    return Make(info.Env(), LexicalIndex::Create(ReadOptions(info[0].As<Napi::Object>())));
  });
}

Napi::Value LexicalIndexBinding::Open(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const std::string path = info[0].As<Napi::String>();
    const auto kind = ParseScoringKind(info[1].As<Napi::String>().Utf8Value());
    return MakeOnPool(info.Env(), [=] { return LexicalIndex::Open(path, kind); });
  });
}

Napi::Value LexicalIndexBinding::Add(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    LexicalAddRequest request;
    request.texts = TextListBinding::From(info[0]);
    request.ids = job->PinInt64s(info[1]);
    request.on_progress = job->OnProgress(info[2]);
    job->Use(CancellationBinding::From(info[3]));
    request.cancellation = job->cancellation();
    return job->Start([&](Job::Done done) { StartLexicalAdd(native(), std::move(request), std::move(done)); },
                      Undefined);
  });
}

Napi::Value LexicalIndexBinding::Search(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto job = std::make_shared<Job>(info.Env());
    job->Pin(info[2]);
    job->Pin(info[3]);
    job->Use(CancellationBinding::From(info[4]));
    LexicalSearchRequest request;
    request.texts = TextListBinding::From(info[0]);
    request.k = static_cast<std::size_t>(info[1].As<Napi::Number>().Int64Value());
    request.ids = Int64s(info[2]).data();
    request.scores = Floats(info[3]).data();
    request.cancellation = job->cancellation();
    request.filter = FilterOption(info[5], job.get());
    return job->Start(
        [&](Job::Done done) { StartLexicalSearch(native(), std::move(request), std::move(done)); },
        Undefined);
  });
}

Napi::Value LexicalIndexBinding::Analyze(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    TextList text;
    AppendString(info.Env(), info[0], &text);
    Analyzer::Session session(native()->analyzer());
    const auto& tokens = session.Analyze(text[0]);
    Napi::Array words = Napi::Array::New(info.Env(), tokens.size());
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      Napi::HandleScope scope(info.Env());
      words.Set(static_cast<std::uint32_t>(i), std::string(session.terms()[tokens[i]]));
    }
    return words;
  });
}

Napi::Value LexicalIndexBinding::Options(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const Scoring::Options& from = native()->scoring().options();
    Napi::Object options = Napi::Object::New(info.Env());
    options.Set("scoring", ScoringKindName(from.kind));
    options.Set("variant", Bm25VariantName(from.variant));
    options.Set("k1", from.k1);
    options.Set("b", from.b);
    options.Set("delta", from.delta);
    options.Set("sublinearTf", from.sublinear_tf);
    return options;
  });
}

}  // namespace densenode::binding
