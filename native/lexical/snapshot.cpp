#include "lexical/snapshot.h"

#include <cmath>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace densenode {

Snapshot::Snapshot(const Scoring& scoring, std::vector<LiveSegment> segments, std::uint64_t version)
    : scoring_(scoring), segments_(std::move(segments)), version_(version) {
  std::uint64_t total_length = 0;
  for (const LiveSegment& live : segments_) {
    count_ += live.documents();
    total_length += live.total_length();
  }
  const double average = static_cast<double>(total_length) / static_cast<double>(count_);
  for (const LiveSegment& live : segments_) {
    const auto& classes = live.segment->parts().classes;
    std::vector<float> impacts(classes.size());
    for (std::size_t i = 0; i < classes.size(); ++i)
      impacts[i] = static_cast<float>(scoring.Impact(classes[i].tf, classes[i].length, average));
    memory_bytes_ += live.segment->memory_bytes() + impacts.size() * sizeof(float);
    if (live.removals) memory_bytes_ += live.removals->memory_bytes();
    if (scoring.normalizes()) memory_bytes_ += live.segment->documents() * sizeof(float);
    impacts_.push_back(std::move(impacts));
  }
}

const std::vector<float>& Snapshot::norms(std::size_t segment) const {
  std::call_once(norms_once_, [this] { ComputeNorms(); });
  return norms_[segment];
}

void Snapshot::ComputeNorms() const {
  std::unordered_map<std::string_view, std::uint32_t> df;
  for (const LiveSegment& live : segments_) {
    const TermTable& terms = live.segment->parts().terms;
    for (std::uint32_t term = 0; term < terms.size(); ++term) df[terms[term]] += live.DocumentsWith(term);
  }
  std::vector<std::vector<float>> norms;
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    const Segment& segment = *segments_[s].segment;
    const TermTable& terms = segment.parts().terms;
    std::vector<double> squares(segment.documents());
    for (std::uint32_t term = 0; term < terms.size(); ++term) {
      const double idf = scoring_.Idf(df[terms[term]], static_cast<double>(count_));
      const PostingList list = segment.List(term);
      for (std::uint32_t i = 0; i < list.size; ++i) {
        const double value = idf * impacts_[s][list.classes[i]];
        squares[list.documents[i]] += value * value;
      }
    }
    std::vector<float>& of_segment = norms.emplace_back(segment.documents());
    for (std::size_t d = 0; d < squares.size(); ++d)
      of_segment[d] = squares[d] > 0 ? static_cast<float>(1 / std::sqrt(squares[d])) : 0;
  }
  norms_ = std::move(norms);
}

}  // namespace densenode
