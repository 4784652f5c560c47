// Whether a model's embeddings survive arithmetic of fewer bits: what dtype "auto" asks before it takes bf16,
// or 8 bits in a part of it.
#pragma once

#include <cstddef>
#include <vector>

#include "encoder/architecture/transformer_spec.h"
#include "encoder/checkpoint.h"
#include "encoder/modules/module_chain.h"
#include "encoder/session.h"
#include "encoder/token_batch.h"
#include "text/tokenizer.h"

namespace densenode {

// A model gets bf16 by itself only if every probe text has at least this cosine to fp32.
constexpr double kLeastCosineToFp32 = 0.9995;
// 8 bits are less even: the worst of 2,000 real texts was 1.6 times as far from fp32 as the worst probe.
constexpr double kLeastCosineWhenNarrow = 0.9997;

// Some built-in texts (nothing, words, a sentence, numbers, other scripts; about 100 tokens in all).
struct Probes {
  TokenBatch batch;
  std::vector<float> hidden;  // what TransformerReference gives for them

  // The short ones, which are the first: a twentieth of the work, and the most sensitive.
  Probes Short() const;
};

// Their tokens alone.
Probes TokenizeProbes(const Tokenizer& tokenizer, std::size_t max_tokens);
// Takes about as long as fp32 takes for them. Throws ENGINE_FAILED for ids beyond the model's.
void RunProbes(const TransformerSpec& spec, const Checkpoint& checkpoint, Probes* probes);

// The lowest cosine of a bf16 session's embeddings of the probes, behind `modules`, to those of fp32.
double LowestCosine(const Probes& probes, const EncoderSession& session, const ModuleChain& modules);

}  // namespace densenode
