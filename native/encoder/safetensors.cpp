#include "encoder/safetensors.h"

#include <immintrin.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <sstream>

#include "common/error.h"
#include "common/json.h"
#include "encoder/half.h"

namespace densenode {
namespace {

constexpr std::size_t kMaxHeaderBytes = 100'000'000;  // as the reference implementation
constexpr std::size_t kMaxRank = 8;

// Bytes of one element, or 0 for a type that is not known here.
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

bool ReadSize(const Json& value, std::size_t* out) {
  if (!value.is_number_unsigned()) return false;
  *out = value.get<std::uint64_t>();
  return true;
}

void HalfToFloat(const std::byte* in, std::size_t count, float* out) {
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    _mm256_storeu_ps(out + i, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(in + 2 * i))));
  }
  for (; i < count; ++i) {
    std::uint16_t bits;
    std::memcpy(&bits, in + 2 * i, sizeof bits);
    out[i] = _cvtsh_ss(bits);
  }
}

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

}  // namespace

Safetensors Safetensors::Open(const std::filesystem::path& path) {
  Safetensors result;
  result.file_ = MappedFile::Open(path);
  const std::span<const std::byte> bytes = result.file_->bytes();
  const auto corrupt = [&](const auto&... why) {
    Fail(ErrorCode::kFileCorrupt, path, " is not a whole .safetensors file: ", why...);
  };

  if (bytes.size() < 8) corrupt(bytes.size(), " bytes, expected 8 for the header's length");
  std::uint64_t header_length = 0;
  for (int i = 7; i >= 0; --i) header_length = header_length << 8 | static_cast<std::uint8_t>(bytes[i]);
  if (header_length > bytes.size() - 8 || header_length > kMaxHeaderBytes) {
    corrupt("its header says ", header_length, " bytes, but ", bytes.size() - 8, " follow");
  }
  const auto* text = reinterpret_cast<const char*>(bytes.data() + 8);
  const Json header = Json::parse(text, text + header_length, nullptr, /*allow_exceptions=*/false);
  if (!header.is_object()) corrupt("its header is not a JSON object");
  const std::span<const std::byte> data = bytes.subspan(8 + header_length);

  std::vector<std::pair<std::size_t, std::size_t>> ranges;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      for (const auto& [key, value] : entry.items())
        if (value.is_string()) result.metadata_.emplace(key, value.get<std::string>());
      continue;
    }
    if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string() ||
        !entry.contains("shape") || !entry["shape"].is_array() || !entry.contains("data_offsets") ||
        !entry["data_offsets"].is_array() || entry["data_offsets"].size() != 2) {
      corrupt("tensor \"", name, "\" lacks dtype, shape or data_offsets");
    }
    Tensor tensor;
    tensor.dtype = entry["dtype"].get<std::string>();
    std::size_t size = ElementSize(tensor.dtype);
    if (size == 0) {
      Fail(ErrorCode::kModelUnsupported, path, ": tensor \"", name, "\" has dtype \"", tensor.dtype,
           "\", which densenode does not read");
    }
    if (entry["shape"].size() > kMaxRank)
      corrupt("tensor \"", name, "\" has ", entry["shape"].size(), " dimensions");
    bool fits = true;
    for (const Json& dimension : entry["shape"]) {
      std::size_t value = 0;
      if (!ReadSize(dimension, &value) || value > static_cast<std::size_t>(INT64_MAX)) {
        corrupt("tensor \"", name, "\" has a shape that is not a list of sizes");
      }
      fits = fits && !__builtin_mul_overflow(size, value, &size);
      tensor.shape.push_back(static_cast<std::int64_t>(value));
    }
    std::size_t begin = 0, end = 0;
    if (!ReadSize(entry["data_offsets"][0], &begin) || !ReadSize(entry["data_offsets"][1], &end) ||
        begin > end || end > data.size()) {
      corrupt("tensor \"", name, "\" lies outside the file's ", data.size(), " bytes of data");
    }
    if (!fits || end - begin != size) {
      corrupt("tensor \"", name, "\" of shape ", ShapeText(tensor.shape), " and type ", tensor.dtype, " has ",
              end - begin, " bytes");
    }
    tensor.bytes = data.subspan(begin, end - begin);
    ranges.emplace_back(begin, end);
    result.tensors_.emplace(name, std::move(tensor));
  }
  std::sort(ranges.begin(), ranges.end());
  std::size_t covered = 0;
  for (const auto& [begin, end] : ranges) {
    if (begin != covered) corrupt("its tensors overlap or leave a gap at byte ", covered);
    covered = end;
  }
  if (covered != data.size()) corrupt(data.size(), " bytes of data, but its tensors fill ", covered);
  return result;
}

void Safetensors::ReleasePages() const {
  const std::span<const std::byte> bytes = file_->bytes();
  ::madvise(const_cast<std::byte*>(bytes.data()), bytes.size(),
            MADV_DONTNEED);  // a hint: failure changes nothing
}

const Safetensors::Tensor& Safetensors::Find(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) Fail(ErrorCode::kModelInvalid, path(), " has no tensor \"", name, "\"");
  return found->second;
}

const Safetensors::Tensor& Safetensors::Find(const std::string& name,
                                             const std::vector<std::int64_t>& shape) const {
  const Tensor& tensor = Find(name);
  if (tensor.shape != shape) {
    Fail(ErrorCode::kModelInvalid, path(), ": tensor \"", name, "\" has shape ", ShapeText(tensor.shape),
         ", but config.json asks for ", ShapeText(shape));
  }
  return tensor;
}

HalfTensor Safetensors::Float16(const std::string& name, const std::vector<std::int64_t>& shape) const {
  const Tensor& tensor = Find(name, shape);
  const std::byte* in = tensor.bytes.data();
  if (tensor.dtype == "F16" && reinterpret_cast<std::uintptr_t>(in) % alignof(std::uint16_t) == 0) {
    return {shape, {reinterpret_cast<const std::uint16_t*>(in), tensor.bytes.size() / 2}, file_};
  }
  const FloatTensor wide = Float32(name, shape);
  const std::size_t count = wide.values.size();
  std::shared_ptr<std::uint16_t[]> halves(new std::uint16_t[count]);
  if (!FloatToHalf(wide.values.data(), count, halves.get())) {
    Fail(ErrorCode::kModelUnsupported, path(), ": tensor \"", name,
         "\" has values beyond the largest of fp16, 65,504; load the model with dtype \"fp32\"");
  }
  const std::span<const std::uint16_t> values(halves.get(), count);
  return {shape, values, std::move(halves)};
}

FloatTensor Safetensors::Float32(const std::string& name, const std::vector<std::int64_t>& shape) const {
  const Tensor& tensor = Find(name, shape);
  const std::byte* in = tensor.bytes.data();
  const bool aligned = reinterpret_cast<std::uintptr_t>(in) % alignof(float) == 0;
  if (tensor.dtype == "F32" && aligned) {
    return {shape, {reinterpret_cast<const float*>(in), tensor.bytes.size() / sizeof(float)}, file_};
  }
  const std::size_t count = tensor.bytes.size() / ElementSize(tensor.dtype);
  std::shared_ptr<float[]> copy(new float[count]);
  if (tensor.dtype == "F32") {
    std::memcpy(copy.get(), in, tensor.bytes.size());
  } else if (tensor.dtype == "F16") {
    HalfToFloat(in, count, copy.get());
  } else if (tensor.dtype == "BF16") {
    Bfloat16ToFloat(in, count, copy.get());
  } else if (tensor.dtype == "F64") {
    DoubleToFloat(in, count, copy.get());
  } else {
    Fail(ErrorCode::kModelUnsupported, path(), ": tensor \"", name, "\" has dtype ", tensor.dtype,
         "; weights must be F32, F16, BF16 or F64");
  }
  const std::span<const float> values(copy.get(), count);
  return {shape, values, std::move(copy)};
}

}  // namespace densenode
