#include "lexical/segment_builder.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace densenode {

void SegmentBuilder::Add(std::string_view text) {
  const auto& tokens = session_.Analyze(text);
  tf_.resize(session_.terms().size());
  distinct_.clear();
  for (std::uint32_t term : tokens) {
    if (tf_[term]++ == 0) distinct_.push_back(term);
  }
  // Different counts add up to the length at most: a document never has more of them than a segment has room
  // for.
  const auto new_classes = static_cast<std::size_t>(std::sqrt(2.0 * static_cast<double>(tokens.size()))) + 1;
  if (lengths_.size() == Segment::kMostDocuments || classes_.size() + new_classes > Segment::kMostClasses ||
      terms_.size() + distinct_.size() > Segment::kMostPostings) {
    Close();
  }
  const auto length = static_cast<std::uint32_t>(tokens.size());
  for (std::uint32_t term : distinct_) {
    terms_.push_back(term);
    codes_.push_back(ClassOf({std::exchange(tf_[term], 0), length}));
  }
  lengths_.push_back(length);
  ends_.push_back(static_cast<std::uint32_t>(terms_.size()));
}

std::uint16_t SegmentBuilder::ClassOf(ImpactClass pair) {
  const std::uint64_t key = std::uint64_t{pair.tf} << 32 | pair.length;
  const auto [found, added] = code_of_.try_emplace(key, static_cast<std::uint16_t>(classes_.size()));
  if (added) classes_.push_back(pair);
  return found->second;
}

std::vector<std::shared_ptr<Segment>> SegmentBuilder::Finish() {
  Close();
  return std::move(finished_);
}

void SegmentBuilder::Close() {
  if (lengths_.empty()) return;
  const TermTable& words = session_.terms();
  std::vector<std::uint32_t> counts(words.size());
  for (std::uint32_t term : terms_) ++counts[term];
  std::vector<std::uint32_t> order;
  std::size_t bytes = 0;
  for (std::uint32_t term = 0; term < words.size(); ++term) {
    if (counts[term] == 0) continue;
    order.push_back(term);
    bytes += words[term].size();
  }
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return words[a] < words[b]; });

  Segment::Parts parts;
  parts.terms.Reserve(order.size(), bytes);
  parts.list_begins.reserve(order.size() + 1);
  parts.list_begins.push_back(0);
  auto& next = counts;  // from here on: where the next posting of a term goes
  for (std::uint32_t term : order) {
    parts.terms.FindOrAdd(words[term]);
    const std::uint32_t begin = parts.list_begins.back();
    parts.list_begins.push_back(begin + next[term]);
    next[term] = begin;
  }
  parts.posting_documents.resize(terms_.size());
  parts.posting_classes.resize(terms_.size());
  for (std::size_t document = 0, posting = 0; document < lengths_.size(); ++document) {
    for (; posting < ends_[document]; ++posting) {
      const std::uint32_t to = next[terms_[posting]]++;
      parts.posting_documents[to] = static_cast<std::uint16_t>(document);
      parts.posting_classes[to] = codes_[posting];
    }
  }
  parts.lengths = std::exchange(lengths_, {});
  parts.classes = std::exchange(classes_, {});
  ends_.clear();
  terms_.clear();
  codes_.clear();
  code_of_.clear();
  finished_.push_back(std::make_shared<Segment>(std::move(parts)));
}

}  // namespace densenode
