#include "lexical/query.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace densenode {
namespace {

struct CountedTerm {
  QueryTerm term;
  double count, idf;
};

// Only words that a document has.
std::vector<CountedTerm> CountTerms(const Snapshot& snapshot, const Scoring& scoring, const TermTable& words,
                                    std::vector<std::uint32_t>& tokens) {
  std::vector<CountedTerm> counted;
  std::sort(tokens.begin(), tokens.end());
  for (std::size_t begin = 0, end; begin < tokens.size(); begin = end) {
    for (end = begin + 1; end < tokens.size() && tokens[end] == tokens[begin];) ++end;
    QueryTerm term{words[tokens[begin]], 0, {}};
    std::uint64_t df = 0;
    for (const LiveSegment& live : snapshot.segments()) {
      term.term.push_back(live.segment->parts().terms.Find(term.word));
      if (term.term.back() != Segment::kNone) df += live.DocumentsWith(term.term.back());
    }
    if (df == 0) continue;
    const double idf = scoring.Idf(static_cast<double>(df), static_cast<double>(snapshot.count()));
    counted.push_back({std::move(term), static_cast<double>(end - begin), idf});
  }
  return counted;
}

}  // namespace

Query MakeQuery(const Snapshot& snapshot, const Scoring& scoring, const TermTable& words,
                std::vector<std::uint32_t> tokens) {
  std::vector<CountedTerm> counted = CountTerms(snapshot, scoring, words, tokens);
  double constant = 0, squares = 0;
  for (auto& [term, count, idf] : counted) {
    if (scoring.normalizes()) {  // count becomes the value of the word in the query's vector
      count = idf * scoring.Impact(count, 1, 1);
      squares += count * count;
    }
    constant += count * idf * scoring.Absent();
  }
  const double norm = scoring.normalizes() && squares > 0 ? 1 / std::sqrt(squares) : 1;
  Query query;
  query.constant = static_cast<float>(constant);
  for (auto& [term, count, idf] : counted) {
    term.weight = static_cast<float>(count * idf * norm);
    if (term.weight > 0) query.terms.push_back(std::move(term));
  }
  std::sort(query.terms.begin(), query.terms.end(), [](const QueryTerm& a, const QueryTerm& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.word < b.word;
  });
  return query;
}

}  // namespace densenode
