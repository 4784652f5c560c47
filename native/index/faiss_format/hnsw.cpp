#include <cstdint>

#include "index/faiss_format/families.h"

namespace densenode::faiss_format {
namespace {

constexpr std::int32_t kMostLinks = 1024;          // of one vector on one level
constexpr std::int32_t kMostCandidates = 1 << 20;  // efConstruction and efSearch
constexpr std::int32_t kNobody = -1;

struct Graph {
  Packed<std::int32_t> links_up_to_level, levels, neighbors;
  Packed<std::uint64_t> offsets;

  // What the search follows: of vector `i`, the links of all levels begin at offsets[i].
  void CheckLinks(const Cursor& cursor) const {
    const std::size_t count = levels.size();
    for (std::size_t i = 0; i < count; ++i) {
      std::size_t next = offsets[i];
      for (std::int32_t level = 0; level < levels[i]; ++level) {
        const auto end =
            offsets[i] + static_cast<std::size_t>(links_up_to_level[static_cast<std::size_t>(level) + 1]);
        for (; next < end; ++next) {
          const std::int32_t to = neighbors[next];
          const bool valid = to == kNobody || (to >= 0 && static_cast<std::size_t>(to) < count &&
                                               levels[static_cast<std::size_t>(to)] > level);
          cursor.Require(valid, "a graph whose links lead nowhere");
        }
      }
    }
  }
};

Graph ReadGraph(Cursor& cursor, std::size_t count) {
  Graph graph;
  const std::size_t levels = cursor.Array<double>().size();  // the share of vectors on each
  graph.links_up_to_level = cursor.Array<std::int32_t>(levels + 1, "levels");
  graph.levels = cursor.Array<std::int32_t>(count, "levels");
  graph.offsets = cursor.Array<std::uint64_t>(count + 1, "offsets");
  graph.neighbors = cursor.Array<std::int32_t>();
  const auto entry = cursor.Read<std::int32_t>();
  const auto highest = cursor.Read<std::int32_t>();
  const auto construction = cursor.Read<std::int32_t>();
  const auto search = cursor.Read<std::int32_t>();
  cursor.Read<std::int32_t>();  // a field that FAISS does not use any more

  cursor.Require(levels >= 1 && graph.links_up_to_level[0] == 0, "a graph without levels");
  for (std::size_t level = 0; level < levels; ++level) {
    const auto links = std::int64_t{graph.links_up_to_level[level + 1]} - graph.links_up_to_level[level];
    cursor.Require(links >= 1 && links <= kMostLinks, "a graph of ", links, " links on a level");
  }
  cursor.Require(graph.offsets[0] == 0, "a graph whose offsets do not begin with 0");
  for (std::size_t i = 0; i < count; ++i) {
    const auto level = graph.levels[i];
    cursor.Require(level >= 1 && static_cast<std::size_t>(level) <= levels, "a graph with a vector on level ",
                   level);
    cursor.Require(graph.offsets[i + 1] - graph.offsets[i] ==
                       static_cast<std::uint64_t>(graph.links_up_to_level[static_cast<std::size_t>(level)]),
                   "a graph whose offsets do not fit its levels");
  }
  cursor.Require(graph.offsets[count] == graph.neighbors.size(),
                 "a graph whose offsets do not fit its links");
  graph.CheckLinks(cursor);
  const bool entered = count == 0 ? entry == kNobody && highest == kNobody
                                  : entry >= 0 && static_cast<std::size_t>(entry) < count && highest >= 0 &&
                                        graph.levels[static_cast<std::size_t>(entry)] - 1 == highest;
  cursor.Require(entered, "a graph without an entry");
  cursor.Require(
      construction >= 1 && construction <= kMostCandidates && search >= 1 && search <= kMostCandidates,
      "a graph of ", construction, " candidates for building and ", search, " for searching");
  return graph;
}

}  // namespace

Contents ReadHnsw(Cursor& cursor, std::string_view code) {
  Contents index = ReadHeader(cursor);
  const Graph graph = ReadGraph(cursor, index.count);
  const Contents storage = ReadIndex(cursor, kStorage);
  RequireSame(cursor, index, storage);
  const std::string_view expected = storage.factory == "Flat"   ? "IHNf"
                                    : storage.factory[0] == 'S' ? "IHNs"
                                                                : "IHNp";
  cursor.Require(code == expected, "a graph over vectors of another kind");
  index.subvectors = storage.subvectors;
  index.factory = Numbered("HNSW", graph.links_up_to_level[1] / 2) + "," + storage.factory;
  return index;
}

}  // namespace densenode::faiss_format
