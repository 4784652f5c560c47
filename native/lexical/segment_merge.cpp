#include "lexical/segment_merge.h"

#include <algorithm>
#include <limits>
#include <queue>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace densenode {
namespace {

std::uint64_t Key(ImpactClass pair) { return std::uint64_t{pair.tf} << 32 | pair.length; }

// A segment on its way into another one.
struct Source {
  const LiveSegment* live;
  std::vector<std::uint32_t> new_document;  // kNone: removed
  std::vector<std::uint32_t> new_class;     // kNone: not met yet
  std::uint32_t term = 0;                   // the next one

  const Segment::Parts& parts() const { return live->segment->parts(); }
  std::string_view word() const { return parts().terms[term]; }
};

class Merger {
 public:
  explicit Merger(std::span<const LiveSegment> segments) {
    std::size_t postings = 0;
    for (const LiveSegment& live : segments) {
      postings += live.segment->parts().posting_documents.size();
      AddDocuments(live);
    }
    parts_.posting_documents.reserve(postings);
    parts_.posting_classes.reserve(postings);
    parts_.list_begins.push_back(0);
  }

  std::shared_ptr<Segment> Run() {
    // Sources by their next word, then by their place.
    const auto later = [this](std::size_t a, std::size_t b) {
      const int order = sources_[a].word().compare(sources_[b].word());
      return order != 0 ? order > 0 : a > b;
    };
    std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> queue(later);
    for (std::size_t i = 0; i < sources_.size(); ++i)
      if (sources_[i].parts().terms.size() > 0) queue.push(i);
    std::string_view word;
    while (!queue.empty()) {
      const std::size_t i = queue.top();
      queue.pop();
      Source& source = sources_[i];
      if (source.word() != word) {
        EndList(word);
        word = source.word();
      }
      AppendList(source);
      if (++source.term < source.parts().terms.size()) queue.push(i);
    }
    EndList(word);
    parts_.terms.ShrinkToFit();
    parts_.list_begins.shrink_to_fit();
    parts_.posting_documents.shrink_to_fit();
    parts_.posting_classes.shrink_to_fit();
    auto merged = std::make_shared<Segment>(std::move(parts_));
    if (!ids_.empty()) merged->SetIds(std::move(ids_));
    return merged;
  }

 private:
  void AddDocuments(const LiveSegment& live) {
    const Segment& segment = *live.segment;
    Source source{&live, std::vector<std::uint32_t>(segment.documents(), Segment::kNone),
                  std::vector<std::uint32_t>(segment.parts().classes.size(), Segment::kNone)};
    for (std::uint32_t document = 0; document < segment.documents(); ++document) {
      if (!live.Has(document)) continue;
      source.new_document[document] = static_cast<std::uint32_t>(parts_.lengths.size());
      parts_.lengths.push_back(segment.parts().lengths[document]);
      if (!segment.ids().empty()) ids_.push_back(segment.ids()[document]);
    }
    sources_.push_back(std::move(source));
  }

  void AppendList(Source& source) {
    const PostingList list = source.live->segment->List(source.term);
    for (std::uint32_t i = 0; i < list.size; ++i) {
      const std::uint32_t document = source.new_document[list.documents[i]];
      if (document == Segment::kNone) continue;
      std::uint32_t& code = source.new_class[list.classes[i]];
      if (code == Segment::kNone) code = ClassOf(source.parts().classes[list.classes[i]]);
      parts_.posting_documents.push_back(static_cast<std::uint16_t>(document));
      parts_.posting_classes.push_back(static_cast<std::uint16_t>(code));
    }
  }

  // A word whose documents have all been removed is left out.
  void EndList(std::string_view word) {
    const auto end = static_cast<std::uint32_t>(parts_.posting_documents.size());
    if (end == parts_.list_begins.back()) return;
    parts_.terms.FindOrAdd(word);
    parts_.list_begins.push_back(end);
  }

  std::uint32_t ClassOf(ImpactClass pair) {
    const auto code = static_cast<std::uint32_t>(parts_.classes.size());
    const auto [found, added] = code_of_.try_emplace(Key(pair), code);
    if (added) parts_.classes.push_back(pair);
    return found->second;
  }

  std::vector<Source> sources_;
  Segment::Parts parts_;
  std::vector<std::int64_t> ids_;
  std::unordered_map<std::uint64_t, std::uint32_t> code_of_;
};

}  // namespace

bool CanMerge(std::span<const LiveSegment> segments) {
  std::size_t documents = 0, postings = 0, bytes = 0, classes = 0;
  for (const LiveSegment& live : segments) {
    const Segment::Parts& parts = live.segment->parts();
    documents += live.documents();
    postings += parts.posting_documents.size();
    bytes += parts.terms.bytes().size();
    classes += parts.classes.size();
  }
  if (documents > Segment::kMostDocuments || postings > Segment::kMostPostings ||
      bytes > std::numeric_limits<std::uint32_t>::max()) {
    return false;
  }
  if (classes <= Segment::kMostClasses) return true;
  std::unordered_set<std::uint64_t> different;
  for (const LiveSegment& live : segments)
    for (const ImpactClass& pair : live.segment->parts().classes) different.insert(Key(pair));
  return different.size() <= Segment::kMostClasses;
}

std::shared_ptr<Segment> Merge(std::span<const LiveSegment> segments) { return Merger(segments).Run(); }

}  // namespace densenode
