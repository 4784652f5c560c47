#include "binding/tokenizer_binding.h"

#include <limits>

#include "binding/arrays.h"
#include "binding/cancellation_binding.h"
#include "binding/job.h"
#include "binding/text_list_binding.h"
#include "text/encode_batch.h"

namespace densenode::binding {
namespace {

Tokenizer::EncodeOptions ReadOptions(const Napi::Value& add_special_tokens, const Napi::Value& max_tokens) {
  Tokenizer::EncodeOptions options;
  options.add_special_tokens = add_special_tokens.As<Napi::Boolean>();
  const std::int64_t limit = max_tokens.As<Napi::Number>().Int64Value();
  if (limit == 0) options.max_tokens = std::numeric_limits<std::size_t>::max();
  if (limit > 0) options.max_tokens = static_cast<std::size_t>(limit);
  return options;
}

std::optional<TruncationStrategy> ReadStrategy(const Napi::Value& value) {
  if (value.IsUndefined()) return std::nullopt;
  const std::string name = value.As<Napi::String>();
  if (name == "only_first") return TruncationStrategy::kOnlyFirst;
  return name == "only_second" ? TruncationStrategy::kOnlySecond : TruncationStrategy::kLongestFirst;
}

}  // namespace

void TokenizerBinding::Register(Napi::Env env, Napi::Object exports) {
  Napi::Function constructor = DefineClass(env, "Tokenizer",
                                           {
                                               StaticMethod<&TokenizerBinding::Load>("load"),
                                               InstanceMethod<&TokenizerBinding::Encode>("encode"),
                                               InstanceMethod<&TokenizerBinding::EncodeBatch>("encodeBatch"),
                                               InstanceMethod<&TokenizerBinding::Decode>("decode"),
                                               InstanceMethod("dispose", &TokenizerBinding::Dispose),
                                               InstanceAccessor<&TokenizerBinding::VocabSize>("vocabSize"),
                                           });
  Environment::DataOf(env).tokenizer = Napi::Persistent(constructor);
  exports.Set("Tokenizer", constructor);
}

Napi::Value TokenizerBinding::Load(const Napi::CallbackInfo& info) {
  const std::string path = info[0].As<Napi::String>();
  return MakeOnPool(info.Env(), [path] { return Tokenizer::Load(path); });
}

Napi::Value TokenizerBinding::Encode(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    TextList texts;
    AppendString(info.Env(), info[0], &texts);
    Tokenizer::EncodeOptions options = ReadOptions(info[1], info[2]);
    std::vector<std::int32_t> ids, type_ids;
    if (info[3].IsUndefined()) {
      native()->Encode(texts[0], options, &ids, &type_ids);
    } else {
      AppendString(info.Env(), info[3], &texts);
      options.truncation = ReadStrategy(info[4]);
      native()->EncodePair(texts[0], texts[1], options, &ids, &type_ids);
    }
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("ids", ToInt32Array(info.Env(), std::move(ids)));
    result.Set("typeIds", ToInt32Array(info.Env(), std::move(type_ids)));
    return result;
  });
}

Napi::Value TokenizerBinding::EncodeBatch(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    auto tokens = std::make_shared<RaggedTokens>();
    auto job = std::make_shared<Job>(info.Env());
    job->Use(CancellationBinding::From(info[3]));
    return job->Start(
        [&](Job::Done done) {
          StartEncodeBatch(native(), TextListBinding::From(info[0]), ReadOptions(info[1], info[2]),
                           job->cancellation(), tokens, std::move(done));
        },
        [tokens](Napi::Env env) -> Napi::Value {
          Napi::Object result = Napi::Object::New(env);
          result.Set("ids", ToInt32Array(env, std::move(tokens->ids)));
          result.Set("typeIds", ToInt32Array(env, std::move(tokens->type_ids)));
          result.Set("offsets", ToInt32Array(env, std::move(tokens->offsets)));
          return result;
        });
  });
}

Napi::Value TokenizerBinding::Decode(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    return Napi::String::New(info.Env(), native()->Decode(Int32s(info[0]), info[1].As<Napi::Boolean>()));
  });
}

Napi::Value TokenizerBinding::VocabSize(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    return Napi::Number::New(info.Env(), static_cast<double>(native()->vocab_size()));
  });
}

}  // namespace densenode::binding
