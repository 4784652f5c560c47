// Registers what JavaScript sees (binding.d.ts); nothing else.
#include <napi.h>

#include "binding/binary_index_binding.h"
#include "binding/cancellation_binding.h"
#include "binding/embedding_model_binding.h"
#include "binding/environment.h"
#include "binding/info_binding.h"
#include "binding/lexical_index_binding.h"
#include "binding/linear_adapter_binding.h"
#include "binding/mmr_binding.h"
#include "binding/multi_vector_encoder_binding.h"
#include "binding/reranker_binding.h"
#include "binding/retriever_binding.h"
#include "binding/scoring_binding.h"
#include "binding/sparse_encoder_binding.h"
#include "binding/sparse_index_binding.h"
#include "binding/text_list_binding.h"
#include "binding/tokenizer_binding.h"
#include "binding/vector_index_binding.h"

namespace densenode::binding {

Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  Environment::Attach(env);
  CancellationBinding::Register(env, exports);
  TextListBinding::Register(env, exports);
  TokenizerBinding::Register(env, exports);
  EmbeddingModelBinding::Register(env, exports);
  LexicalIndexBinding::Register(env, exports);
  LinearAdapterBinding::Register(env, exports);
  VectorIndexBinding::Register(env, exports);
  RegisterMmr(env, exports);
  BinaryIndexBinding::Register(env, exports);
  SparseEncoderBinding::Register(env, exports);
  SparseIndexBinding::Register(env, exports);
  MultiVectorEncoderBinding::Register(env, exports);
  RerankerBinding::Register(env, exports);
  RegisterScoring(env, exports);
  RegisterRetriever(env, exports);
  RegisterInfo(env, exports);
  return exports;
}

NODE_API_MODULE(densenode, Initialize)

}  // namespace densenode::binding
