// Documents to segments.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lexical/analyzer.h"
#include "lexical/segment.h"

namespace densenode {

class SegmentBuilder {
 public:
  explicit SegmentBuilder(const Analyzer& analyzer) : session_(analyzer) {}

  // `text` must be valid UTF-8.
  void Add(std::string_view text);
  // All that was added, in order: one segment, or more where one does not hold them.
  std::vector<std::shared_ptr<Segment>> Finish();

 private:
  void Close();
  std::uint16_t ClassOf(ImpactClass pair);

  Analyzer::Session session_;
  std::vector<std::uint32_t> tf_;        // by term of the session, 0 between documents
  std::vector<std::uint32_t> distinct_;  // terms of the document at hand

  std::vector<std::uint32_t> lengths_;
  std::vector<std::uint32_t> ends_;   // postings up to the end of each document
  std::vector<std::uint32_t> terms_;  // of each posting, in order of documents
  std::vector<std::uint16_t> codes_;
  std::vector<ImpactClass> classes_;
  std::unordered_map<std::uint64_t, std::uint16_t> code_of_;

  std::vector<std::shared_ptr<Segment>> finished_;
};

}  // namespace densenode
