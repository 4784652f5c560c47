#include "common/container.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <cstring>
#include <string>

#include "common/atomic_file.h"
#include "common/error.h"

namespace densenode {
namespace {

static_assert(std::endian::native == std::endian::little, "the container is written as the memory holds it");

constexpr char kMagic[8] = {'\x89', 'D', 'N', 'S', '\r', '\n', '\x1a', '\n'};
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kMostSections = 7;
constexpr std::size_t kAlignment = 64;

struct Entry {
  char name[8];
  std::uint64_t offset;
  std::uint64_t size;
  std::uint64_t checksum;
};
struct Header {
  char magic[8];
  std::uint32_t version;
  std::uint32_t sections;
  std::uint64_t file_size;
  std::uint64_t checksum;
  Entry entries[kMostSections];
};
static_assert(sizeof(Header) == 256);

std::uint64_t HeaderChecksum(Header header) {
  header.checksum = 0;
  return XXH3_64bits(&header, sizeof header);
}

std::array<char, 8> EntryName(std::string_view name) {
  std::array<char, 8> padded{};
  std::copy_n(name.begin(), std::min<std::size_t>(name.size(), 8), padded.begin());
  return padded;
}

bool AllZero(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace

struct ContainerWriter::State {
  explicit State(const std::filesystem::path& path) : file(path) {}
  ~State() { XXH3_freeState(hash); }

  void EndSection() {
    if (header.sections == 0) return;
    Entry& entry = header.entries[header.sections - 1];
    entry.size = file.position() - entry.offset;
    entry.checksum = XXH3_64bits_digest(hash);
  }

  AtomicFile file;
  Header header{};
  XXH3_state_t* hash = XXH3_createState();
};

ContainerWriter::ContainerWriter(const std::filesystem::path& path) : state_(new State(path)) {
  const Header blank{};
  state_->file.Write(&blank, sizeof blank);
}

ContainerWriter::~ContainerWriter() = default;

void ContainerWriter::Begin(std::string_view name, std::size_t aligned) {
  State& s = *state_;
  s.EndSection();
  if (s.header.sections == kMostSections) Fail(ErrorCode::kFileWriteFailed, "too many sections in one file");
  static constexpr char kZeros[kAlignment] = {};
  s.file.Write(kZeros, (kAlignment - (s.file.position() + aligned) % kAlignment) % kAlignment);
  Entry& entry = s.header.entries[s.header.sections++];
  const auto padded = EntryName(name);
  std::copy(padded.begin(), padded.end(), entry.name);
  entry.offset = s.file.position();
  XXH3_64bits_reset(s.hash);
}

void ContainerWriter::Write(const void* data, std::size_t size) {
  if (size == 0) return;
  XXH3_64bits_update(state_->hash, data, size);
  state_->file.Write(data, size);
}

void ContainerWriter::Commit() {
  State& s = *state_;
  s.EndSection();
  std::copy(std::begin(kMagic), std::end(kMagic), s.header.magic);
  s.header.version = kVersion;
  s.header.file_size = s.file.position();
  s.header.checksum = HeaderChecksum(s.header);
  s.file.Rewrite(0, &s.header, sizeof s.header);
  s.file.Commit();
}

namespace {

const Header& HeaderOf(const MappedFile& file) {
  return *reinterpret_cast<const Header*>(file.bytes().data());
}

[[noreturn]] void Corrupt(const MappedFile& file, const std::string& reason) {
  Fail(ErrorCode::kFileCorrupt, file.path(), " ", reason);
}

// FAISS's own files begin with a four-letter code: IxFI, IwFl, IHNf, ...
bool LooksLikeFaiss(std::span<const std::byte> bytes) {
  return bytes.size() >= 4 && static_cast<char>(bytes[0]) == 'I' &&
         std::all_of(bytes.begin(), bytes.begin() + 4,
                     [](std::byte b) { return std::isalnum(static_cast<unsigned char>(b)); });
}

}  // namespace

Container Container::Open(const std::filesystem::path& path) {
  auto file = MappedFile::Open(path);
  const auto bytes = file->bytes();
  if (LooksLikeFaiss(bytes)) {
    Corrupt(*file,
            "is not a densenode index: it looks like a file that FAISS itself wrote, which "
            "VectorIndex.importFaiss reads");
  }
  if (std::memcmp(bytes.data(), kMagic, std::min(bytes.size(), sizeof kMagic)) != 0) {
    Corrupt(*file, "is not a densenode file: its first bytes differ");
  }
  if (bytes.size() < sizeof(Header)) Corrupt(*file, "is cut within its header");
  const Header& header = HeaderOf(*file);
  if (header.checksum != HeaderChecksum(header)) Corrupt(*file, "has a damaged header");
  if (header.version != kVersion) {
    Corrupt(*file, "has container version " + std::to_string(header.version) + ", but this densenode reads " +
                       std::to_string(kVersion));
  }
  if (header.file_size != bytes.size()) {
    Corrupt(*file, "should have " + std::to_string(header.file_size) + " bytes but has " +
                       std::to_string(bytes.size()) + ": it was cut or something was appended");
  }
  if (header.sections > kMostSections) Corrupt(*file, "names too many sections");
  std::uint64_t end = sizeof(Header);
  for (std::uint32_t i = 0; i < header.sections; ++i) {
    const Entry& entry = header.entries[i];
    if (entry.offset < end || entry.offset > bytes.size() || entry.size > bytes.size() - entry.offset ||
        !AllZero(bytes.subspan(end, entry.offset - end))) {
      Corrupt(*file, "has sections that do not lie one after another");
    }
    end = entry.offset + entry.size;
    if (XXH3_64bits(bytes.data() + entry.offset, entry.size) != entry.checksum) {
      Corrupt(*file, "is damaged: section \"" + std::string(entry.name, strnlen(entry.name, 8)) +
                         "\" does not have its checksum");
    }
  }
  if (end != bytes.size()) Corrupt(*file, "has bytes after its last section");
  return Container(std::move(file));
}

std::span<const std::byte> Container::Section(std::string_view name) const {
  const Header& header = HeaderOf(*file_);
  const auto padded = EntryName(name);
  for (std::uint32_t i = 0; i < header.sections; ++i) {
    const Entry& entry = header.entries[i];
    if (std::equal(padded.begin(), padded.end(), entry.name))
      return file_->bytes().subspan(entry.offset, entry.size);
  }
  Corrupt(*file_, "has no section \"" + std::string(name) + "\": another kind of densenode file");
}

}  // namespace densenode
