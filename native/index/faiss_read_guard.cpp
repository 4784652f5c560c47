#include "index/faiss_read_guard.h"

#include <faiss/invlists/InvertedLists.h>

#include <algorithm>

#include "common/error.h"

namespace densenode {
namespace {

// faiss::write_index puts this constant into two unused fields of every index.
constexpr std::uint64_t kUnusedField = std::uint64_t{1} << 20;

bool IsCode(const void* data, std::size_t size, std::size_t count, const char* code) {
  return size == 4 && count == 1 && std::memcmp(data, code, 4) == 0;
}

}  // namespace

void FaissReadGuard::Corrupt() const {
  Fail(ErrorCode::kFileCorrupt, path_, " holds a size that does not fit the file");
}

void FaissReadGuard::CheckCount(std::uint64_t count) const {
  if (count > std::max<std::uint64_t>(section_bytes_, kUnusedField)) Corrupt();
}

void FaissReadGuard::CheckListSizes(const std::uint64_t* sizes, std::size_t count) {
  if (sparse_ && count % 2 != 0) Corrupt();
  std::uint64_t entries = 0;
  for (std::size_t i = sparse_ ? 1 : 0; i < count; i += sparse_ ? 2 : 1) {
    CheckCount(sizes[i]);
    entries += sizes[i];  // at most 2^24 lists of 2^48 bytes: no overflow
  }
  const std::uint64_t entry_bytes = code_size_ + sizeof(std::int64_t);
  if (entries > section_bytes_ / entry_bytes) Corrupt();
  unchecked_bytes_ = lists_in_place_ ? 0 : entries * entry_bytes;
}

void FaissReadGuard::Saw(const void* data, std::size_t size, std::size_t count) {
  if (unchecked_bytes_ > 0) {
    unchecked_bytes_ -= std::min<std::uint64_t>(unchecked_bytes_, std::uint64_t{size} * count);
    return;
  }
  std::uint64_t number = 0;
  const bool is_number = size == 8 && count == 1;
  if (is_number) std::memcpy(&number, data, 8);
  switch (state_) {
    case State::kPlain:
      if (is_number) CheckCount(number);
      // FAISS divides by the sub-quantizers of a product quantizer, read as one number after another:
      // dimension, sub-quantizers, bits. Elsewhere in such a file only a scalar quantizer, which comes last,
      // has a 0 there.
      if (IsCode(data, size, count, "IxSQ")) product_quantizers_ = false;
      numbers_in_a_row_ = is_number ? numbers_in_a_row_ + 1 : 0;
      if (product_quantizers_ && numbers_in_a_row_ > 1 && number == 0) Corrupt();
      if (IsCode(data, size, count, "ilar")) state_ = State::kArrayLists;
      if (IsCode(data, size, count, "ilbl")) state_ = State::kBlockLists;
      return;
    case State::kArrayLists:
    case State::kBlockLists:
      if (number != lists_) Corrupt();
      lists_left_ = lists_;
      state_ = state_ == State::kArrayLists ? State::kArrayCodeSize : State::kBlockCodeSize;
      return;
    case State::kArrayCodeSize:
      CheckCount(code_size_ = number);
      state_ = State::kArrayKind;
      return;
    case State::kArrayKind:
      sparse_ = IsCode(data, size, count, "sprs");
      state_ = State::kArrayCount;
      return;
    case State::kArrayCount:
      if (sparse_ ? number > 2 * lists_ : number != lists_) Corrupt();
      state_ = State::kArraySizes;
      return;
    case State::kArraySizes:
      state_ = State::kPlain;
      CheckListSizes(static_cast<const std::uint64_t*>(data), count);
      return;
    case State::kBlockCodeSize:
      if (number != faiss::InvertedLists::INVALID_CODE_SIZE) CheckCount(number);  // blocks need none
      state_ = State::kBlockEntries;
      return;
    case State::kBlockEntries:
      CheckCount(number);
      state_ = State::kBlockBytes;
      return;
    case State::kBlockBytes:
      CheckCount(number);
      state_ = lists_left_ > 0 ? State::kBlockIdCount : State::kPlain;
      return;
    case State::kBlockIdCount:
      CheckCount(number);
      state_ = State::kBlockIds;
      return;
    case State::kBlockIds:
      state_ = State::kBlockCodeCount;
      return;
    case State::kBlockCodeCount:
      CheckCount(number);
      state_ = State::kBlockCodes;
      return;
    case State::kBlockCodes:
      state_ = --lists_left_ > 0 ? State::kBlockIdCount : State::kPlain;
      return;
  }
}

}  // namespace densenode
