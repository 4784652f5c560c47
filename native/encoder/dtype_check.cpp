#include "encoder/dtype_check.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>
#include <vector>

#include "common/executor.h"
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

// The lowest cosine of every second probe from `first` on.
double LowestCosineOfHalf(std::size_t first, const TransformerWeights& weights, const EncoderSession& session,
                          const Tokenizer& tokenizer, const ModuleChain& modules, std::size_t max_tokens) {
  const ModuleChain::Cut whole{.dimension = modules.dimension()};
  Tokenizer::EncodeOptions options;
  options.max_tokens = max_tokens;
  TokenBatch batch;
  for (std::size_t i = first; i < std::size(kProbes); i += 2) {
    const std::size_t tokens = tokenizer.Encode(kProbes[i], options, &batch.ids, &batch.type_ids);
    if (tokens > 0) batch.lengths.push_back(static_cast<std::int32_t>(tokens));
  }
  if (batch.count() == 0) return 1;
  std::fill(batch.type_ids.begin(), batch.type_ids.end(), 0);

  std::vector<std::vector<float>> fast(batch.count(), std::vector<float>(whole.dimension));
  session.Run(batch, {},
              [&](std::size_t text, const float* vectors, std::size_t rows) {  // checks the ids, too
                modules.Embed(vectors, rows, 0, whole, fast[text].data());
              });
  const std::vector<float> hidden = TransformerReference(weights, batch);

  double lowest = 1;
  std::vector<float> exact(whole.dimension);
  const float* vectors = hidden.data();
  for (std::size_t text = 0; text < batch.count(); ++text) {
    const auto tokens = static_cast<std::size_t>(batch.lengths[text]);
    modules.Embed(vectors, tokens, 0, whole, exact.data());
    vectors += tokens * session.dimension();
    lowest = std::min(lowest, Cosine(fast[text], exact));
  }
  return lowest;
}

}  // namespace

double LowestCosineToFp32(const TransformerSpec& spec, const Checkpoint& checkpoint,
                          const EncoderSession& session, const Tokenizer& tokenizer,
                          const ModuleChain& modules, std::size_t max_tokens) {
  const TransformerWeights weights(spec, checkpoint);
  double lowest[2];
  const auto half = [&](std::size_t first) {
    lowest[first] = LowestCosineOfHalf(first, weights, session, tokenizer, modules, max_tokens);
  };
  Executor::Get().RunBoth([&] { half(0); }, [&] { half(1); });
  checkpoint.ReleasePages();
  return std::min(lowest[0], lowest[1]);
}

}  // namespace densenode
