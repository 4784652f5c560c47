#include "encoder/safetensors.h"

#include <sys/mman.h>

#include <algorithm>

#include "common/error.h"
#include "common/json.h"

namespace densenode {
namespace {

constexpr std::size_t kMaxHeaderBytes = 100'000'000;  // as the reference implementation
constexpr std::size_t kMaxRank = 8;

bool ReadSize(const Json& value, std::size_t* out) {
  if (!value.is_number_unsigned()) return false;
  *out = value.get<std::uint64_t>();
  return true;
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
    const std::string dtype = entry["dtype"].get<std::string>();
    std::vector<std::int64_t> shape;
    std::size_t size = ElementSize(dtype);
    if (size == 0) {
      Fail(ErrorCode::kModelUnsupported, path, ": tensor \"", name, "\" has dtype \"", dtype,
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
      shape.push_back(static_cast<std::int64_t>(value));
    }
    std::size_t begin = 0, end = 0;
    if (!ReadSize(entry["data_offsets"][0], &begin) || !ReadSize(entry["data_offsets"][1], &end) ||
        begin > end || end > data.size()) {
      corrupt("tensor \"", name, "\" lies outside the file's ", data.size(), " bytes of data");
    }
    if (!fits || end - begin != size) {
      corrupt("tensor \"", name, "\" of shape ", ShapeText(shape), " and type ", dtype, " has ", end - begin,
              " bytes");
    }
    ranges.emplace_back(begin, end);
    result.tensors_.try_emplace(name, result.file_, name, dtype, std::move(shape),
                                data.subspan(begin, end - begin));
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

const StoredTensor& Safetensors::Find(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) Fail(ErrorCode::kModelInvalid, path(), " has no tensor \"", name, "\"");
  return found->second;
}

const StoredTensor& Safetensors::Find(const std::string& name, const std::vector<std::int64_t>& shape) const {
  const StoredTensor& tensor = Find(name);
  if (tensor.shape() != shape) {
    Fail(ErrorCode::kModelInvalid, path(), ": tensor \"", name, "\" has shape ", ShapeText(tensor.shape()),
         ", but config.json asks for ", ShapeText(shape));
  }
  return tensor;
}

}  // namespace densenode
