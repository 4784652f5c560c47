// Whether a model's embeddings survive arithmetic of fewer bits: what dtype "auto" asks before it takes bf16.
#pragma once

#include <cstddef>

#include "encoder/architecture/transformer_spec.h"
#include "encoder/checkpoint.h"
#include "encoder/modules/module_chain.h"
#include "encoder/session.h"
#include "text/tokenizer.h"

namespace densenode {

// A model gets bf16 by itself only if every probe text has at least this cosine to fp32.
constexpr double kLeastCosineToFp32 = 0.9995;

// The lowest cosine of a bf16 session's embeddings, behind `modules`, of some built-in texts (words, a
// sentence, numbers, other scripts; about 100 tokens in all) to those of TransformerReference. Takes about as
// long as fp32 takes for them. Pages of the checkpoint are released.
double LowestCosineToFp32(const TransformerSpec& spec, const Checkpoint& checkpoint,
                          const EncoderSession& session, const Tokenizer& tokenizer,
                          const ModuleChain& modules, std::size_t max_tokens);

}  // namespace densenode
