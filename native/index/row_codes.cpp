#include "index/row_codes.h"

namespace densenode {

void RowCodes::Resize(std::size_t vectors, std::size_t dimension) {
  row_bytes_ = RowBytes(dimension);
  if (vectors <= room_) return;
  // An index that grows does so again. What was made is made once more: moving it would take about as long.
  Reserve(room_ == 0 ? vectors : vectors + vectors / 2);
}

void RowCodes::Reserve(std::size_t vectors) {
  rows_ = vectors > 0 ? ZeroPages(vectors * row_bytes_) : ZeroPages();
  room_ = vectors;
  made_ = 0;
}

}  // namespace densenode
