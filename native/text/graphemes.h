// Grapheme clusters, what a reader takes for one character: Unicode Standard Annex 29, extended clusters.
#pragma once

#include <cstddef>
#include <string_view>

namespace densenode {

// Bytes of the cluster at the start of `text`, which is valid UTF-8, not empty, and begins at a boundary.
std::size_t GraphemeLength(std::string_view text);

}  // namespace densenode
