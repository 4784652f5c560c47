// Queries and documents of late interaction as tokens: prompts, limits and the filling of queries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "encoder/encode_job.h"
#include "encoder/late_interaction.h"

namespace densenode {

class LateInteractionTokens {
 public:
  // Throws MODEL_INVALID where queries are filled up with a token that the vocabulary does not have.
  LateInteractionTokens(const LateInteraction& late, const EncoderPipeline& pipeline);

  // Most tokens of a text.
  std::size_t most(bool queries) const { return queries ? query_.most : document_.most; }
  // Appends the tokens of a text and returns how many; `*seen`: how many of them, the first, others attend
  // to.
  std::size_t Encode(const EncoderPipeline& pipeline, std::string_view text, bool query,
                     std::vector<std::int32_t>* ids, std::vector<std::int32_t>* type_ids,
                     std::size_t* seen) const;

 private:
  struct Side {
    std::string prompt;                  // put before the text
    std::optional<std::int32_t> marker;  // put behind the first special token
    std::size_t most = 0;
  };
  Side MakeSide(const LateInteraction::Side& side, bool marker, const EncoderPipeline& pipeline) const;

  Side query_, document_;
  std::optional<LateInteraction::Expansion> expansion_;
  std::int32_t filling_ = 0;
};

}  // namespace densenode
