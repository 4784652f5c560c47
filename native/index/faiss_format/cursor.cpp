#include "index/faiss_format/cursor.h"

namespace densenode::faiss_format {

std::span<const std::byte> Cursor::Take(std::size_t count, std::size_t bytes_each) {
  Require(count <= rest_.size() / bytes_each, "a size that does not fit the file");
  const auto taken = rest_.first(count * bytes_each);
  rest_ = rest_.subspan(taken.size());
  return taken;
}

bool Cursor::ReadBool() {
  const auto value = Read<std::uint8_t>();
  Require(value <= 1, "a flag that is neither 0 nor 1");
  return value == 1;
}

std::string_view Cursor::ReadCode() { return {reinterpret_cast<const char*>(Take(4, 1).data()), 4}; }

}  // namespace densenode::faiss_format
