#include "encoder/late_interaction_tokens.h"

#include <algorithm>

#include "common/error.h"

namespace densenode {
namespace {

// The token that fills queries up: the one that is named, the mask, or the end of a text.
std::int32_t FillingToken(const std::string& named, const Tokenizer& tokenizer) {
  const std::vector<std::string> candidates =
      named.empty() ? std::vector<std::string>{"[MASK]", "<mask>", "</s>", "<|endoftext|>"}
                    : std::vector<std::string>{named};
  for (const std::string& each : candidates)
    if (const auto id = tokenizer.TokenToId(each)) return *id;
  Fail(ErrorCode::kModelInvalid, "queries are filled up with the token \"", candidates.front(),
       "\", which the vocabulary does not have");
}

}  // namespace

LateInteractionTokens::LateInteractionTokens(const LateInteraction& late, const EncoderPipeline& pipeline)
    : query_(MakeSide(late.query, late.marker, pipeline)),
      document_(MakeSide(late.document, late.marker, pipeline)),
      expansion_(late.expansion) {
  if (!expansion_) return;
  filling_ = FillingToken(expansion_->token, *pipeline.tokenizer);
  // Longer queries are cut to the length, or keep their own limit.
  const std::size_t length = std::min(expansion_->length, pipeline.max_tokens);
  expansion_->length = length;
  query_.most = expansion_->fixed ? length : std::max(query_.most, length);
}

LateInteractionTokens::Side LateInteractionTokens::MakeSide(const LateInteraction::Side& side, bool marker,
                                                            const EncoderPipeline& pipeline) const {
  Side made{side.prompt, std::nullopt,
            std::min(side.most_tokens.value_or(pipeline.max_tokens), pipeline.max_tokens)};
  if (!marker || side.prompt.empty()) return made;
  // The prompt as one token, or its first word and the rest as text.
  const Tokenizer& tokenizer = *pipeline.tokenizer;
  const std::string word = side.prompt.substr(0, side.prompt.find(' '));
  for (const std::string& token : {side.prompt, word}) {
    const auto id = token.empty() ? std::nullopt : tokenizer.TokenToId(token);
    if (!id) continue;
    made.marker = *id;
    made.prompt = side.prompt.substr(token.size());
    return made;
  }
  return made;
}

std::size_t LateInteractionTokens::Encode(const EncoderPipeline& pipeline, std::string_view text, bool query,
                                          std::vector<std::int32_t>* ids, std::vector<std::int32_t>* type_ids,
                                          std::size_t* seen) const {
  const Side& side = query ? query_ : document_;
  Tokenizer::EncodeOptions options = pipeline.encode_options();
  options.max_tokens = side.most - (side.marker ? 1 : 0);
  const std::size_t first = ids->size();
  std::size_t count = pipeline.Encode(text, side.prompt, options, ids, type_ids);
  if (side.marker) {
    const std::size_t at = first + (pipeline.tokenizer->special_tokens_per_text() > 0 ? 1 : 0);
    ids->insert(ids->begin() + static_cast<std::ptrdiff_t>(std::min(at, ids->size())), *side.marker);
    type_ids->push_back(0);
    ++count;
  }
  *seen = count;
  if (query && expansion_ && count < expansion_->length) {
    ids->resize(first + expansion_->length, filling_);
    type_ids->resize(first + expansion_->length, 0);
    count = expansion_->length;
    if (expansion_->seen) *seen = count;
  }
  return count;
}

}  // namespace densenode
