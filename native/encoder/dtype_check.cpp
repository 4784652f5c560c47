#include "encoder/dtype_check.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

#include "encoder/transformer_reference.h"

namespace densenode {
namespace {

constexpr const char* kTexts[] = {
    "",
    ".",
    "wind",
    "an instrument that measures the speed of wind",
    "The committee, which had met twice before, could not agree on who should pay for the repairs; it "
    "adjourned "
    "until May.",
    "ISO 8601: 2024-05-17T09:30Z, v2.1.0 (x86_64) costs $19.99 or 7 %",
    "Ein Haus am See, das niemandem geh\xc3\xb6rt. \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
};

constexpr std::size_t kShort = 3;

double Cosine(std::span<const float> a, std::span<const float> b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += double{a[i]} * b[i];
    aa += double{a[i]} * a[i];
    bb += double{b[i]} * b[i];
  }
  const double lengths = std::sqrt(aa * bb);
  return lengths > 0 && std::isfinite(ab) ? ab / lengths : -1;  // no direction or NaN: unlike anything
}

}  // namespace

Probes Probes::Short() const {
  Probes some;
  const std::size_t texts = std::min(kShort, batch.count());
  some.batch.lengths.assign(batch.lengths.begin(), batch.lengths.begin() + texts);
  const auto tokens = std::accumulate(some.batch.lengths.begin(), some.batch.lengths.end(), std::size_t{0});
  some.batch.ids.assign(batch.ids.begin(), batch.ids.begin() + tokens);
  some.batch.type_ids.assign(batch.type_ids.begin(), batch.type_ids.begin() + tokens);
  if (tokens > 0)
    some.hidden.assign(hidden.begin(), hidden.begin() + tokens * (hidden.size() / batch.ids.size()));
  return some;
}

Probes TokenizeProbes(const Tokenizer& tokenizer, std::size_t max_tokens) {
  Tokenizer::EncodeOptions options;
  options.max_tokens = max_tokens;
  Probes probes;
  TokenBatch& batch = probes.batch;
  for (const char* text : kTexts) {
    const std::size_t tokens = tokenizer.Encode(text, options, &batch.ids, &batch.type_ids);
    if (tokens > 0) batch.lengths.push_back(static_cast<std::int32_t>(tokens));
  }
  std::fill(batch.type_ids.begin(), batch.type_ids.end(), 0);
  return probes;
}

void RunProbes(const TransformerSpec& spec, const Checkpoint& checkpoint, Probes* probes) {
  if (probes->batch.count() == 0) return;
  probes->hidden = TransformerReference(TransformerWeights(spec, checkpoint), probes->batch);
}

double LowestCosine(const Probes& probes, const EncoderSession& session, const ModuleChain& modules) {
  if (probes.batch.count() == 0) return 1;
  const ModuleChain::Cut whole{.dimension = modules.dimension()};
  std::vector<const float*> exact_rows;
  const float* row = probes.hidden.data();
  for (const std::int32_t tokens : probes.batch.lengths) {
    exact_rows.push_back(row);
    row += static_cast<std::size_t>(tokens) * session.dimension();
  }
  double lowest = 1;
  std::vector<float> exact(whole.dimension), rounded(whole.dimension);
  session.Run(probes.batch, {}, [&](std::size_t text, const float* vectors, std::size_t rows) {
    modules.Embed(vectors, rows, 0, whole, rounded.data());
    modules.Embed(exact_rows[text], rows, 0, whole, exact.data());
    lowest = std::min(lowest, Cosine(rounded, exact));
  });
  return lowest;
}

}  // namespace densenode
