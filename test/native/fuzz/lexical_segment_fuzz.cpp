// Reads arbitrary bytes as a segment of a lexical index, and searches what is accepted: only BadSegment may
// come out.
//
// With clang: clang++ -fsanitize=fuzzer,address,undefined ... . Without: -DDENSENODE_FUZZ_MAIN builds a
// program that mutates a segment of its own, a fixed number of rounds.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <span>
#include <string>

#include "common/error.h"
#include "lexical/query.h"
#include "lexical/search.h"
#include "lexical/segment_builder.h"
#include "lexical/segment_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace densenode;
  std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data), size);
  try {
    const std::shared_ptr<const Segment> segment = ReadSegment(&bytes, std::int64_t{1} << 40);
    if (segment->FindId(segment->ids().front()) == Segment::kNone) std::abort();
    for (const auto kind : {Scoring::Kind::kBm25, Scoring::Kind::kTfidf}) {
      const Scoring scoring({.kind = kind});
      const Snapshot snapshot(scoring, {{segment, nullptr}});
      TermTable words;
      std::vector<std::uint32_t> tokens;
      for (const char* word : {"a", "word", "of", "it"}) tokens.push_back(words.FindOrAdd(word));
      TopHits hits(3);
      Searcher(snapshot, scoring).Search(MakeQuery(snapshot, scoring, words, tokens), &hits);
      for (const auto& hit : hits.Sorted())
        if (hit.position >= segment->documents()) std::abort();
    }
    const LiveSegment live{
        segment, std::make_shared<const Removals>(*segment, nullptr, std::vector<std::uint32_t>{0})};
    if (live.documents() > 0 && Merge({&live, 1})->documents() != live.documents()) std::abort();
  } catch (const BadSegment&) {
  }
  return 0;
}

#ifdef DENSENODE_FUZZ_MAIN
// ROUNDS
int main(int argc, char** argv) {
  using namespace densenode;
  std::mt19937 random(1);
  const Analyzer analyzer({});
  SegmentBuilder builder(analyzer);
  for (int i = 0; i < 200; ++i) {
    std::string text = "a word of it";
    for (unsigned n = random() % 12; n > 0; --n) text.append(" w").append(std::to_string(random() % 90));
    builder.Add(text);
  }
  const auto segment = builder.Finish().front();
  std::vector<std::int64_t> ids(segment->documents());
  for (auto& id : ids) id = static_cast<std::int64_t>(random());
  segment->SetIds(ids);
  std::string seed;
  WriteSegment(*segment, [&](const void* data, std::size_t size) {
    seed.append(static_cast<const char*>(data), size);
  });
  for (int round = argc > 1 ? std::atoi(argv[1]) : 0; round > 0; --round) {
    std::string bytes = seed;
    for (unsigned change = random() % 4 + 1; change > 0; --change) {
      // Values near the edges, of 1 to 8 bytes; every fourth one among the sizes at the front.
      const std::uint64_t value = (std::uint64_t{1} << random() % 64) - random() % 2;
      const std::size_t size = std::size_t{1} << random() % 4;
      const std::size_t at = random() % 4 == 0 ? random() % 40 : random() % (bytes.size() - 8);
      std::memcpy(bytes.data() + at, &value, size);
    }
    if (random() % 8 == 0) bytes.resize(random() % bytes.size());
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  }
}
#endif
