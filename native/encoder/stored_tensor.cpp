#include "encoder/stored_tensor.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <sstream>
#include <utility>

#include "common/aligned_buffer.h"
#include "common/error.h"
#include "encoder/half.h"

namespace densenode {
namespace {

void Bfloat16ToFloat(const std::byte* in, std::size_t count, float* out) {
  for (std::size_t i = 0; i < count; ++i) {
    std::uint16_t bits;
    std::memcpy(&bits, in + 2 * i, sizeof bits);
    const std::uint32_t wide = static_cast<std::uint32_t>(bits) << 16;
    std::memcpy(out + i, &wide, sizeof wide);
  }
}

void DoubleToFloat(const std::byte* in, std::size_t count, float* out) {
  for (std::size_t i = 0; i < count; ++i) {
    double value;
    std::memcpy(&value, in + 8 * i, sizeof value);
    out[i] = static_cast<float>(value);
  }
}

template <typename T>
std::vector<std::int64_t> Widen(std::span<const std::byte> bytes) {
  std::vector<std::int64_t> values(bytes.size() / sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    values[i] = value;
  }
  return values;
}

// Memory for `count` values, and its owner.
template <typename T>
std::pair<T*, std::shared_ptr<const void>> Allocate(std::size_t count) {
  const auto buffer = std::make_shared<AlignedBuffer<T>>(count);
  return {buffer->data(), buffer};
}

}  // namespace

std::size_t ElementSize(std::string_view dtype) {
  static constexpr std::pair<std::string_view, std::size_t> kSizes[] = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"F8_E8M0", 1},
      {"I16", 2},  {"U16", 2}, {"F16", 2}, {"BF16", 2},    {"I32", 4},     {"U32", 4},
      {"F32", 4},  {"F64", 8}, {"I64", 8}, {"U64", 8},     {"C64", 8}};
  for (const auto& [name, size] : kSizes) {
    if (name == dtype) return size;
  }
  return 0;
}

std::string ShapeText(const std::vector<std::int64_t>& shape) {
  std::ostringstream text;
  text << '[';
  for (std::size_t i = 0; i < shape.size(); ++i) text << (i ? ", " : "") << shape[i];
  text << ']';
  return text.str();
}

StoredTensor::StoredTensor(std::shared_ptr<const MappedFile> file, std::string name, std::string dtype,
                           std::vector<std::int64_t> shape, std::span<const std::byte> bytes)
    : file_(std::move(file)),
      name_(std::move(name)),
      dtype_(std::move(dtype)),
      shape_(std::move(shape)),
      bytes_(bytes) {}

StoredTensor StoredTensor::Rows(std::size_t first, std::size_t count) const {
  StoredTensor rows = *this;
  const std::size_t row_bytes = bytes_.size() / static_cast<std::size_t>(shape_.front());
  rows.shape_.front() = static_cast<std::int64_t>(count);
  rows.bytes_ = bytes_.subspan(first * row_bytes, count * row_bytes);
  return rows;
}

bool StoredTensor::IsInPlace(std::string_view dtype) const {
  return dtype_ == dtype && reinterpret_cast<std::uintptr_t>(bytes_.data()) % ElementSize(dtype) == 0;
}

FloatTensor StoredTensor::Float32() const {
  if (IsInPlace("F32")) return {shape_, {reinterpret_cast<const float*>(bytes_.data()), count()}, file_};
  auto [values, owner] = Allocate<float>(count());
  ForEachPiece([to = values](std::size_t first, std::span<const float> piece) {
    std::copy(piece.begin(), piece.end(), to + first);
  });
  return {shape_, {values, count()}, std::move(owner)};
}

FloatTensor StoredTensor::Float32Once() const {
  FloatTensor tensor = Float32();
  tensor.owner = std::shared_ptr<const void>(
      nullptr, [stored = *this, owner = tensor.owner](const void*) { stored.ReleasePages(); });
  return tensor;
}

HalfTensor StoredTensor::Float16() const {
  if (IsInPlace("F16"))
    return {shape_, {reinterpret_cast<const std::uint16_t*>(bytes_.data()), count()}, file_};
  auto [values, owner] = Allocate<std::uint16_t>(count());
  ForEachPiece([&, to = values](std::size_t first, std::span<const float> piece) {
    if (FloatToHalf(piece.data(), piece.size(), to + first)) return;
    Fail(ErrorCode::kModelUnsupported, file_->path(), ": tensor \"", name_,
         "\" has values beyond the largest of fp16, 65,504; load the model with dtype \"fp32\"");
  });
  return {shape_, {values, count()}, std::move(owner)};
}

bool StoredTensor::IsInteger() const { return dtype_ == "I8" || dtype_ == "I32" || dtype_ == "I64"; }

std::vector<std::int64_t> StoredTensor::Integers() const {
  if (dtype_ == "I8") return Widen<std::int8_t>(bytes_);
  if (dtype_ == "I32") return Widen<std::int32_t>(bytes_);
  if (dtype_ == "I64") return Widen<std::int64_t>(bytes_);
  Fail(ErrorCode::kModelUnsupported, file_->path(), ": tensor \"", name_, "\" has dtype ", dtype_,
       "; whole numbers must be I8, I32 or I64");
}

void StoredTensor::Convert(std::size_t first, std::size_t count, float* out) const {
  const std::byte* const in = bytes_.data() + first * ElementSize(dtype_);
  if (dtype_ == "F32") {
    std::memcpy(out, in, count * sizeof(float));
  } else if (dtype_ == "F16") {
    HalfToFloat(in, count, out);
  } else if (dtype_ == "BF16") {
    Bfloat16ToFloat(in, count, out);
  } else if (dtype_ == "F64") {
    DoubleToFloat(in, count, out);
  } else {
    Fail(ErrorCode::kModelUnsupported, file_->path(), ": tensor \"", name_, "\" has dtype ", dtype_,
         "; weights must be F32, F16, BF16 or F64");
  }
}

void StoredTensor::ReleasePages(std::size_t first, std::size_t end) const {
  static const auto kPage = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto address = [&](std::size_t value) {
    return reinterpret_cast<std::uintptr_t>(bytes_.data()) + value * ElementSize(dtype_);
  };
  // Whole pages only: those at the ends are shared with other values.
  const std::uintptr_t from = (address(first) + kPage - 1) / kPage * kPage, to = address(end) / kPage * kPage;
  if (from < to) ::madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);  // a hint
}

}  // namespace densenode
