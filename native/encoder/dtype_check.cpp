#include "encoder/dtype_check.h"

#include <algorithm>
#include <cmath>

#include "encoder/checkpoint.h"
#include "encoder/transformer_reference.h"

namespace densenode {
namespace {

constexpr const char* kProbes[] = {
    "wind",
    "an instrument that measures the speed of wind",
    "The committee, which had met twice before, could not agree on who should pay for the repairs; it "
    "adjourned "
    "until May.",
    "ISO 8601: 2024-05-17T09:30Z, v2.1.0 (x86_64) costs $19.99 or 7 %",
    "Ein Haus am See, das niemandem geh\xc3\xb6rt. \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
};

double Cosine(const std::vector<float>& a, const std::vector<float>& b) {
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

double LowestCosineToFp32(const ModelDescription& description, const EncoderSession& session,
                          const Tokenizer& tokenizer, const ModuleChain& modules, std::size_t max_tokens) {
  const Checkpoint checkpoint = Checkpoint::Open(description.safetensors);
  const TransformerWeights weights(*description.transformer, checkpoint);
  const ModuleChain::Cut whole{.dimension = modules.dimension()};
  Tokenizer::EncodeOptions options;
  options.max_tokens = max_tokens;
  double lowest = 1;
  for (const char* probe : kProbes) {
    TokenBatch batch;
    const std::size_t tokens = tokenizer.Encode(probe, options, &batch.ids, &batch.type_ids);
    if (tokens == 0) continue;
    batch.lengths.push_back(static_cast<std::int32_t>(tokens));
    std::fill(batch.type_ids.begin(), batch.type_ids.end(), 0);
    std::vector<float> fast(whole.dimension), exact(whole.dimension);
    session.Run(batch, {}, [&](std::size_t, const float* vectors, std::size_t rows) {  // checks the ids, too
      modules.Embed(vectors, rows, 0, whole, fast.data());
    });
    const std::vector<float> hidden = TransformerReference(weights, batch.ids);
    modules.Embed(hidden.data(), tokens, 0, whole, exact.data());
    lowest = std::min(lowest, Cosine(fast, exact));
  }
  checkpoint.ReleasePages();
  return lowest;
}

}  // namespace densenode
