#include "index/exact_search.h"

#include <faiss/IndexFlat.h>
#include <faiss/IndexFlatCodes.h>
#include <faiss/IndexIVFFlat.h>
#include <faiss/IndexIVFRaBitQ.h>
#include <faiss/IndexRaBitQ.h>
#include <faiss/invlists/DirectMap.h>
#include <faiss/invlists/InvertedLists.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "index/ranking.h"
#include "index/vectors.h"

namespace densenode {
namespace {

// Vectors of one block: they stay in the second cache between the copy and the comparison.
constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
constexpr std::size_t kLeastBlock = 64;

}  // namespace

StoredVectors::StoredVectors(const faiss::Index& index) : layers_(const_cast<faiss::Index&>(index)) {
  source_ = layers_.refine ? layers_.refine->refine_index : layers_.base;
  if (layers_.hnsw && !layers_.refine) source_ = layers_.hnsw->storage;
  if (!layers_.refine) lists_ = layers_.ivf;
  comparable_ = !dynamic_cast<const faiss::IndexRaBitQ*>(source_) &&
                !dynamic_cast<const faiss::IndexIVFRaBitQ*>(source_);
}

const float* StoredVectors::Queries(std::size_t rows, const float* queries,
                                    std::unique_ptr<const float[]>* buffer) const {
  return layers_.refine ? queries : layers_.Transformed(rows, queries, buffer);
}

const float* StoredVectors::Rows(std::span<const std::int64_t> handles, float* buffer) const {
  const std::size_t d = dimension();
  if (const auto* flat = dynamic_cast<const faiss::IndexFlat*>(source_)) {
    const float* vectors = flat->get_xb();
    const auto last = static_cast<std::int64_t>(handles.size()) - 1;
    if (handles.back() - handles.front() == last) {
      return vectors + static_cast<std::size_t>(handles.front()) * d;
    }
    for (std::size_t i = 0; i < handles.size(); ++i) {
      std::memcpy(buffer + i * d, vectors + static_cast<std::size_t>(handles[i]) * d, d * sizeof(float));
    }
  } else if (const auto* coded = dynamic_cast<const faiss::IndexFlatCodes*>(source_)) {
    std::vector<std::uint8_t> codes(handles.size() * coded->code_size);
    for (std::size_t i = 0; i < handles.size(); ++i) {
      std::memcpy(codes.data() + i * coded->code_size,
                  coded->codes.data() + static_cast<std::size_t>(handles[i]) * coded->code_size,
                  coded->code_size);
    }
    coded->sa_decode(static_cast<faiss::idx_t>(handles.size()), codes.data(), buffer);
  } else if (lists_) {
    const bool floats = dynamic_cast<const faiss::IndexIVFFlat*>(lists_) != nullptr;
    for (std::size_t i = 0; i < handles.size(); ++i) {
      const auto list = static_cast<std::int64_t>(faiss::lo_listno(handles[i]));
      const auto offset = static_cast<std::int64_t>(faiss::lo_offset(handles[i]));
      if (floats) {
        const std::uint8_t* codes = lists_->invlists->get_codes(static_cast<std::size_t>(list));
        std::memcpy(buffer + i * d, codes + static_cast<std::size_t>(offset) * d * sizeof(float),
                    d * sizeof(float));
      } else {
        lists_->reconstruct_from_offset(list, offset, buffer + i * d);
      }
    }
  } else {
    for (std::size_t i = 0; i < handles.size(); ++i) source_->reconstruct(handles[i], buffer + i * d);
  }
  return buffer;
}

void ForEachBlock(const StoredVectors& stored, std::span<const std::int64_t> handles,
                  const std::function<void(const float*, std::span<const std::int64_t>)>& block) {
  const std::size_t d = stored.dimension();
  const std::size_t most = std::max(kLeastBlock, kBlockBytes / (d * sizeof(float)));
  const auto buffer = FloatBuffer(std::min(most, handles.size()) * d);
  for (std::size_t begin = 0; begin < handles.size(); begin += most) {
    const auto some = handles.subspan(begin, std::min(most, handles.size() - begin));
    block(stored.Rows(some, buffer.get()), some);
  }
}

void ExactSearch(const StoredVectors& stored, std::span<const std::int64_t> handles, std::size_t rows,
                 const float* queries, std::size_t k, std::int64_t* labels, float* scores) {
  std::unique_ptr<const float[]> transformed;
  queries = stored.Queries(rows, queries, &transformed);
  const bool larger_is_nearer = faiss::is_similarity_metric(stored.metric());
  Ranking best, next;
  ForEachBlock(stored, handles, [&](const float* vectors, std::span<const std::int64_t> some) {
    next.Resize(rows, std::min(k, some.size()));
    RankVectors(stored.metric(), stored.dimension(), rows, queries, some.size(), vectors, &next);
    for (std::int64_t& label : next.labels) {
      if (label >= 0) label = some[static_cast<std::size_t>(label)];  // -1: the score is NaN (a hostile file)
    }
    MergeInto(&best, &next, rows, k, larger_is_nearer);
  });
  std::copy(best.labels.begin(), best.labels.end(), labels);
  std::copy(best.scores.begin(), best.scores.end(), scores);
}

}  // namespace densenode
