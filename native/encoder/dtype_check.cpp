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
                          const Tokenizer& tokenizer, PoolingMode pooling, std::size_t max_tokens) {
  const Checkpoint checkpoint = Checkpoint::Open(description.weights.safetensors);
  const TransformerWeights weights(*description.weights.transformer, checkpoint);
  const std::size_t dimension = session.dimension();
  Tokenizer::EncodeOptions options;
  options.max_tokens = max_tokens;
  double lowest = 1;
  for (const char* probe : kProbes) {
    TokenBatch batch;
    const std::size_t tokens = tokenizer.Encode(probe, options, &batch.ids, &batch.type_ids);
    if (tokens == 0) continue;
    batch.lengths.push_back(static_cast<std::int32_t>(tokens));
    std::fill(batch.type_ids.begin(), batch.type_ids.end(), 0);
    std::vector<float> fast(dimension), exact(dimension);
    EncoderSession::RunSettings settings;
    settings.pooling = pooling;
    settings.out_dimension = dimension;
    const std::uint32_t row = 0;
    session.Embed(batch, settings, {.host = fast.data(), .rows = {&row, 1}});  // checks the ids, too
    const std::vector<float> hidden = TransformerReference(weights, batch.ids);
    PoolText(pooling, hidden.data(), tokens, dimension, dimension, false, exact.data());
    lowest = std::min(lowest, Cosine(fast, exact));
  }
  checkpoint.ReleasePages();
  return lowest;
}

}  // namespace densenode
