// Indexes around another one: transforms before it, refinement and ids behind it.
#include <cmath>
#include <string>
#include <vector>

#include "index/faiss_format/families.h"

namespace densenode::faiss_format {
namespace {

constexpr std::int32_t kMostTransforms = 16;
constexpr float kMostCandidatesFactor = 1 << 20;
constexpr float kEuclideanNorm = 2;

struct Step {
  std::size_t in = 0, out = 0;
  bool trained = false;
  std::string factory;
  bool is_opq = false;
  bool is_moderate = true;  // no value of a matrix makes common vectors infinite
};

// Distances that are infinite or not a number keep a graph searching, and put a multi-index in disorder.
constexpr float kMostMatrixValue = 1e9f;

bool AreModerate(const Packed<float>& values) {
  bool moderate = true;
  for (std::size_t i = 0; i < values.size(); ++i) moderate &= std::abs(values[i]) <= kMostMatrixValue;
  return moderate;
}

// The last fields of every transform.
void ReadStepEnd(Cursor& cursor, Step& step) {
  const auto in = cursor.Read<std::int32_t>();
  const auto out = cursor.Read<std::int32_t>();
  step.trained = cursor.ReadBool();
  cursor.Require(in >= 1 && out >= 1, "a transform from ", in, " to ", out, " dimensions");
  step.in = static_cast<std::size_t>(in);
  step.out = static_cast<std::size_t>(out);
}

// A matrix, out x in, and maybe a vector to add.
void ReadLinearStep(Cursor& cursor, Step& step) {
  const bool has_bias = cursor.ReadBool();
  const auto matrix = cursor.Array<float>(), bias = cursor.Array<float>();
  ReadStepEnd(cursor, step);
  const bool whole = matrix.size() == step.in * step.out && bias.size() == (has_bias ? step.out : 0);
  cursor.Require(whole || (!step.trained && matrix.size() == 0 && bias.size() == 0),
                 "a transform of another size than its matrix");
  step.is_moderate = AreModerate(matrix) && AreModerate(bias);
  step.factory += std::to_string(step.out);
}

Step ReadPca(Cursor& cursor) {
  Step step;
  const auto power = cursor.Read<float>();
  cursor.Read<float>();  // epsilon, rotation and bins: used by training
  const bool rotates = cursor.ReadBool();
  const auto bins = cursor.Read<std::int32_t>();
  cursor.Offer((power == 0 || power == -0.5f) && bins == 0, "a PCAMatrix with settings of its own");
  for (int i = 0; i < 3; ++i) cursor.Array<float>();  // mean, eigenvalues, all components: likewise
  step.factory = std::string("PCA") + (power == 0 ? "" : "W") + (rotates ? "R" : "");
  ReadLinearStep(cursor, step);
  return step;
}

// Zeros behind the values are the one use of it that a factory string has a name for.
Step ReadPadding(Cursor& cursor) {
  Step step;
  const auto from = cursor.Array<std::int32_t>();
  ReadStepEnd(cursor, step);
  cursor.Require(from.size() == step.out, "a transform of another size than its map");
  bool pads = step.out >= step.in;
  for (std::size_t i = 0; pads && i < step.out; ++i) {
    pads = from[i] == (i < step.in ? static_cast<std::int32_t>(i) : -1);
  }
  cursor.Offer(pads, "a RemapDimensionsTransform that does more than append zeros");
  step.factory = Numbered("Pad", step.out);
  return step;
}

Step ReadNormalization(Cursor& cursor) {
  Step step;
  const auto norm = cursor.Read<float>();
  ReadStepEnd(cursor, step);
  cursor.Require(norm == kEuclideanNorm && step.in == step.out, "a normalization of an unknown kind");
  step.factory = "L2norm";
  return step;
}

Step ReadStep(Cursor& cursor) {
  const std::string_view code = cursor.ReadCode();
  Step step;
  if (code == "Pcam") return ReadPca(cursor);
  if (code == "RmDT") return ReadPadding(cursor);
  if (code == "VNrm") return ReadNormalization(cursor);
  if (code == "rrot" || code == "LTra") {
    step.is_opq = code == "LTra";  // FAISS writes no more of OPQ
    step.factory = step.is_opq ? "_" : "RR";
    ReadLinearStep(cursor, step);
    return step;
  }
  cursor.Offer(code != "VCnt", "a CenteringTransform");
  cursor.Offer(code != "Viqm" && code != "Viqt", "an ITQTransform");
  cursor.Offer(code != "PCAm" && code != "PcAm", "a PCAMatrix in the form of an old FAISS");
  cursor.Require(false, "a transform of an unknown kind");
  return step;
}

}  // namespace

Contents ReadTransforms(Cursor& cursor, std::string_view) {
  Contents index = ReadHeader(cursor);
  const auto count = cursor.Read<std::int32_t>();
  cursor.Require(count >= 1 && count <= kMostTransforms, count, " transforms");
  std::vector<Step> steps;
  std::size_t dimension = index.dimension;
  for (std::int32_t i = 0; i < count; ++i) {
    steps.push_back(ReadStep(cursor));
    cursor.Require(steps.back().in == dimension, "transforms of different dimensions");
    cursor.Require(!index.trained || steps.back().trained, "a part that is not trained");
    dimension = steps.back().out;
  }
  Contents base = ReadIndex(cursor, kBase);
  Contents transformed = index;
  transformed.dimension = dimension;
  RequireSame(cursor, transformed, base);
  const bool sensitive = base.factory.find("HNSW") != std::string::npos || base.factory.starts_with("IMI");
  for (const Step& step : steps) {
    cursor.Require(step.is_moderate || !sensitive, "a transform to values that are not finite");
    // As many sub-vectors as the codes have, which is what people choose.
    const bool fits = step.is_opq && base.subvectors > 0 && step.out % base.subvectors == 0;
    if (step.is_opq) index.factory += Numbered("OPQ", fits ? base.subvectors : 1);
    index.factory += step.factory + ",";
  }
  index.factory += base.factory;
  index.largest_list_id = base.largest_list_id;
  index.table_bytes = base.table_bytes;
  return index;
}

Contents ReadRefinement(Cursor& cursor, std::string_view) {
  Contents index = ReadHeader(cursor);
  const Contents base = ReadIndex(cursor, kTransform | kBase);
  const Contents refiner = ReadIndex(cursor, kRefiner);
  const auto factor = cursor.Read<float>();
  RequireSame(cursor, index, base);
  RequireSame(cursor, index, refiner);
  cursor.Require(factor >= 1 && factor <= kMostCandidatesFactor, "refinement of ", factor,
                 " candidates for each result");
  // The refiner looks them up as positions.
  cursor.Require(base.largest_list_id < static_cast<std::int64_t>(index.count),
                 "ids of vectors that it does not have");
  index.factory = base.factory + ",Refine(" + refiner.factory + ")";
  index.table_bytes = base.table_bytes;
  return index;
}

Contents ReadIdMap(Cursor& cursor, std::string_view) {
  const Contents outer = ReadHeader(cursor);
  Contents index = ReadIndex(cursor, kRefine | kTransform | kBase);
  RequireSame(cursor, outer, index);
  cursor.Require(index.largest_list_id < static_cast<std::int64_t>(index.count),
                 "ids of vectors that it does not have");
  index.id_map = cursor.Array<std::int64_t>(index.count, "ids");
  return index;
}

}  // namespace densenode::faiss_format
