// The words of a query with their weights.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "lexical/analyzer.h"
#include "lexical/scoring.h"
#include "lexical/snapshot.h"

namespace densenode {

struct QueryTerm {
  std::string_view word;
  float weight;                     // > 0: what its impact is multiplied with
  std::vector<std::uint32_t> term;  // its number in each segment, or Segment::kNone
};

struct Query {
  std::vector<QueryTerm> terms;  // by falling weight
  float constant = 0;            // what every document gets
};

// `tokens`: terms of `words`, in any order; one counts as often as it stands there.
Query MakeQuery(const Snapshot& snapshot, const Scoring& scoring, const TermTable& words,
                std::vector<std::uint32_t> tokens);

}  // namespace densenode
