// Is an index that came from a file of the shape that its factory string makes?
#pragma once

#include <faiss/Index.h>

namespace densenode {

// Compares `read` with an empty index of the same factory string: types, dimensions, metric, code sizes,
// tables; and `read` with itself: arrays as long as ntotal says, links that point into the index. What passes
// can be searched without leaving its arrays.
bool SameShape(faiss::Index& read, faiss::Index& expected);

}  // namespace densenode
