// An index between its two forms: all of it in FAISS objects of the CPU, or its vectors on a device and the
// rest (transforms, coarse quantizer, codebooks) in a CPU object without vectors, the shell.
#pragma once

#include <faiss/Index.h>
#include <faiss/IndexIVF.h>

#include <memory>
#include <vector>

#include "index/faiss_layers.h"
#include "index/id_map.h"

namespace densenode {

// A copy of `index` that holds no vectors, and nothing that lies in a mapped file. Takes the vectors out of
// it for the moment of the copy: needs exclusive access.
std::unique_ptr<faiss::Index> CloneWithoutVectors(faiss::Index& index);

// The ids of an index whose vectors are known by their positions: a device's. Inverted lists are numbered in
// the order of the lists, or by their ids where these are 0 .. n - 1.
class PositionIds {
 public:
  PositionIds(const FaissLayers& layers, const IdMap& ids);
  std::unique_ptr<IdMap> TakeIds() { return std::move(ids_); }
  // The inverted lists of `layers.ivf`, read in place, with positions for ids; null without lists.
  // `layers.ivf` must outlive it.
  std::unique_ptr<faiss::InvertedLists> Lists() const;

 private:
  const faiss::IndexIVF* ivf_ = nullptr;
  bool renumbered_ = false;
  std::unique_ptr<IdMap> ids_;
};

// The way back: replaces positions in the inverted lists of a whole index by ids, and makes the IdMap of its
// CPU form.
std::unique_ptr<IdMap> IdsOfPositions(const FaissLayers& layers, const IdMap& positions);

}  // namespace densenode
