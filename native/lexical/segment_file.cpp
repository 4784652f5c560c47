#include "lexical/segment_file.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace densenode {
namespace {

struct Header {
  std::uint64_t documents, classes, terms, term_bytes, postings;
};

void Check(bool condition, const char* reason) {
  if (!condition) throw BadSegment{reason};
}

// The next `count` elements of `*bytes`. They must be there before memory is taken.
template <typename T>
std::vector<T> Take(std::span<const std::byte>* bytes, std::uint64_t count) {
  Check(count <= bytes->size() / sizeof(T), "is cut within a segment");
  std::vector<T> values(count);
  if (count > 0) std::memcpy(values.data(), bytes->data(), count * sizeof(T));
  *bytes = bytes->subspan(count * sizeof(T));
  return values;
}

TermTable TakeTerms(std::span<const std::byte>* bytes, const Header& header) {
  const auto ends = Take<std::uint32_t>(bytes, header.terms);
  const auto text = Take<char>(bytes, header.term_bytes);
  Check(ends.empty() ? text.empty() : ends.back() == text.size(), "has words that do not fill their space");
  TermTable terms;
  terms.Reserve(ends.size(), text.size());
  std::string_view before;
  for (std::size_t i = 0, begin = 0; i < ends.size(); begin = ends[i++]) {
    Check(ends[i] > begin && ends[i] <= text.size(), "has words that do not lie one after another");
    const std::string_view term(text.data() + begin, ends[i] - begin);
    Check(term > before, "has words out of order");
    terms.FindOrAdd(term);
    before = term;
  }
  return terms;
}

void CheckIds(const std::vector<std::int64_t>& ids, std::int64_t next_id) {
  Check(std::all_of(ids.begin(), ids.end(), [&](auto id) { return id >= 0 && id < next_id; }),
        "has ids out of their range");
}

// Every list ascends, names what is there, and the words of each document add up to its length.
void CheckPostings(const Segment::Parts& parts) {
  const auto& begins = parts.list_begins;
  Check(begins.front() == 0 && begins.back() == parts.posting_documents.size(), "has lists that do not fit");
  std::vector<std::uint64_t> lengths(parts.lengths.size());
  for (std::size_t list = 0; list + 1 < begins.size(); ++list) {
    Check(begins[list] < begins[list + 1], "has lists that do not fit");
    Check(begins[list + 1] <= parts.posting_documents.size(), "has lists that do not fit");
    std::int64_t before = -1;
    for (std::uint32_t i = begins[list]; i < begins[list + 1]; ++i) {
      const std::uint16_t document = parts.posting_documents[i], code = parts.posting_classes[i];
      Check(document > before && document < lengths.size(), "has a list with documents out of order");
      Check(code < parts.classes.size() && parts.classes[code].length == parts.lengths[document] &&
                parts.classes[code].tf > 0,
            "has a list with impossible counts");
      lengths[document] += parts.classes[code].tf;
      before = document;
    }
  }
  Check(std::equal(lengths.begin(), lengths.end(), parts.lengths.begin()), "has documents of another length");
}

template <typename T>
void Put(const std::function<void(const void*, std::size_t)>& write, const std::vector<T>& values) {
  write(values.data(), values.size() * sizeof(T));
}

}  // namespace

void WriteSegment(const Segment& segment, const std::function<void(const void*, std::size_t)>& write) {
  const Segment::Parts& parts = segment.parts();
  const Header header{parts.lengths.size(), parts.classes.size(), parts.terms.size(),
                      parts.terms.bytes().size(), parts.posting_documents.size()};
  write(&header, sizeof header);
  write(segment.ids().data(), segment.ids().size_bytes());
  Put(write, parts.lengths);
  Put(write, parts.classes);
  Put(write, parts.terms.ends());
  write(parts.terms.bytes().data(), parts.terms.bytes().size());
  Put(write, parts.list_begins);
  Put(write, parts.posting_documents);
  Put(write, parts.posting_classes);
}

std::shared_ptr<Segment> ReadSegment(std::span<const std::byte>* bytes, std::int64_t next_id) {
  const Header header = Take<Header>(bytes, 1).front();
  Check(header.documents >= 1 && header.documents <= Segment::kMostDocuments &&
            header.classes <= Segment::kMostClasses && header.postings <= Segment::kMostPostings &&
            header.terms <= header.postings,
        "has a segment of an impossible size");
  auto ids = Take<std::int64_t>(bytes, header.documents);
  CheckIds(ids, next_id);
  Segment::Parts parts;
  parts.lengths = Take<std::uint32_t>(bytes, header.documents);
  parts.classes = Take<ImpactClass>(bytes, header.classes);
  parts.terms = TakeTerms(bytes, header);
  parts.list_begins = Take<std::uint32_t>(bytes, header.terms + 1);
  parts.posting_documents = Take<std::uint16_t>(bytes, header.postings);
  parts.posting_classes = Take<std::uint16_t>(bytes, header.postings);
  CheckPostings(parts);
  auto segment = std::make_shared<Segment>(std::move(parts));
  segment->SetIds(std::move(ids));
  return segment;
}

}  // namespace densenode
