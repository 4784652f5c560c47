// The file of a LexicalIndex: a container (common/container.h) with sections
//   "meta"      JSON: kind, densenode's version, scoring, analyzer, count, nextId, number of segments
//   "segments"  one after another; each is the numbers of its documents, classes, words, bytes of words and
//   postings
//               (u64), then its arrays as segment.h has them, ids first; words as their ends and their bytes
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "lexical/lexical_index.h"
#include "lexical/segment.h"

namespace densenode {

struct OpenedLexicalIndex {
  LexicalIndex::Options options;
  std::vector<std::shared_ptr<Segment>> segments;
  std::int64_t next_id = 0;
};

// Throws FILE_WRITE_FAILED. Removed documents are left out.
void SaveLexicalFile(const std::filesystem::path& path, const LexicalIndex::Options& options,
                     const std::vector<LiveSegment>& segments, std::int64_t next_id);
// Everything in the file is checked before it is used: FILE_CORRUPT names what is wrong.
OpenedLexicalIndex OpenLexicalFile(const std::filesystem::path& path, Scoring::Kind kind);

}  // namespace densenode
