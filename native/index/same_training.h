// Did two indexes of the same factory string learn the same?
#pragma once

#include "index/faiss_layers.h"

namespace densenode {

// Compares transforms, coarse quantizers, codebooks and ranges: codes of the one then mean the same in the
// other.
bool SameTraining(const FaissLayers& a, const FaissLayers& b);

}  // namespace densenode
