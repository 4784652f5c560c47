// Text to ids on one thread: WordNet's glosses of nouns, each once a round, by MiniLM's tokenizer.
#include <benchmark/benchmark.h>

#include <fstream>
#include <string>

#include "text/tokenizer.h"

namespace densenode {
namespace {

std::vector<std::string> ReadGlosses() {
  std::ifstream file(DENSENODE_THIRD_PARTY "/wordnet-3.1/dict/data.noun");
  std::vector<std::string> glosses;
  for (std::string line; std::getline(file, line);) {
    const std::size_t bar = line.find(" | ");
    if (line[0] != ' ' && bar != std::string::npos) glosses.push_back(line.substr(bar + 3));
  }
  return glosses;
}

void Encode(benchmark::State& state) {
  const auto tokenizer = Tokenizer::Load(DENSENODE_THIRD_PARTY "/models/all-MiniLM-L6-v2");
  const auto texts = ReadGlosses();
  if (texts.empty()) return state.SkipWithError("WordNet was not found: npm run setup");
  double bytes = 0;
  for (const std::string& text : texts) bytes += static_cast<double>(text.size());
  std::vector<std::int32_t> ids;
  for (auto _ : state) {
    ids.clear();
    for (const std::string& text : texts) tokenizer->Encode(text, {}, &ids, nullptr);
    benchmark::ClobberMemory();
  }
  using benchmark::Counter;
  state.counters["MB/s"] = Counter(bytes / 1e6, Counter::kIsIterationInvariantRate);
  state.counters["tokens/s"] = Counter(static_cast<double>(ids.size()), Counter::kIsIterationInvariantRate);
}
BENCHMARK(Encode)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace densenode
