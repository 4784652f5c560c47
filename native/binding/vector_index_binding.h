// JavaScript class VectorIndex (binding.d.ts).
#pragma once

#include "binding/index_binding.h"
#include "index/vector_index.h"

namespace densenode::binding {

class VectorIndexBinding : public IndexBinding<VectorIndexBinding, VectorIndex> {
 public:
  static constexpr auto kClass = &Environment::Data::vector_index;
  static void Register(Napi::Env env, Napi::Object exports);
  using IndexBinding::IndexBinding;
  Napi::Value Save(const Napi::CallbackInfo& info);  // keeps changes out

 private:
  static Napi::Value Create(const Napi::CallbackInfo& info);
  static Napi::Value Open(const Napi::CallbackInfo& info);
  Napi::Value Train(const Napi::CallbackInfo& info);
  Napi::Value Add(const Napi::CallbackInfo& info);
  Napi::Value Update(const Napi::CallbackInfo& info);
  Napi::Value Merge(const Napi::CallbackInfo& info);
  Napi::Value Upgrade(const Napi::CallbackInfo& info);
  Napi::Value Compact(const Napi::CallbackInfo& info);
  Napi::Value Search(const Napi::CallbackInfo& info);
  Napi::Value SearchSync(const Napi::CallbackInfo& info);
  Napi::Value SearchExact(const Napi::CallbackInfo& info);
  Napi::Value RangeSearch(const Napi::CallbackInfo& info);
  void CheckSearchParameters(const Napi::CallbackInfo& info);
  Napi::Value SetSearchParameters(const Napi::CallbackInfo& info);
  Napi::Value Reconstruct(const Napi::CallbackInfo& info);
  Napi::Value Has(const Napi::CallbackInfo& info);
  Napi::Value Ids(const Napi::CallbackInfo& info);
  Napi::Value To(const Napi::CallbackInfo& info);
  Napi::Value Dimension(const Napi::CallbackInfo& info);
  Napi::Value MetricOf(const Napi::CallbackInfo& info);
  Napi::Value Factory(const Napi::CallbackInfo& info);
  Napi::Value IsTrained(const Napi::CallbackInfo& info);
  Napi::Value DeviceName(const Napi::CallbackInfo& info);
  Napi::Value MostResults(const Napi::CallbackInfo& info);
  Napi::Value SearchParameters(const Napi::CallbackInfo& info);
  Napi::Value ParameterRanges(const Napi::CallbackInfo& info);
  Napi::Value KeepsVectors(const Napi::CallbackInfo& info);
  static Napi::Value ImportFaiss(const Napi::CallbackInfo& info);
  Napi::Value ExportFaiss(const Napi::CallbackInfo& info);
  Napi::Value Model(const Napi::CallbackInfo& info);
  Napi::Value ByteCodes(const Napi::CallbackInfo& info);
  static Napi::Value ByteCodeBytes(const Napi::CallbackInfo& info);
};

}  // namespace densenode::binding
