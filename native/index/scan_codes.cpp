#include "index/scan_codes.h"

#include <new>

namespace densenode {
namespace {

// For so many queries making codes takes less than comparing in fp32.
constexpr std::size_t kWorthCodes = 3;

}  // namespace

void ScanCodes::Drop() {
  parts_.clear();
  has_parts_ = false;
  bytes_ = 0;
  queries_ = 0;
}

void ScanCodes::Resize(std::size_t parts) {
  while (parts_.size() < parts) parts_.emplace_back();
  has_parts_ = parts > 0;
}

bool ScanCodes::Wanted(std::size_t queries) {
  return has_parts_ && (queries_.fetch_add(queries) > 0 || queries >= kWorthCodes);
}

const std::uint8_t* ScanCodes::Part(std::size_t index, std::size_t count, std::size_t bytes,
                                    const std::function<void(std::uint8_t*)>& code) {
  Codes& part = parts_[index];
  if (part.coded.load(std::memory_order_acquire) == count) return part.codes.data();
  const std::lock_guard lock(part.mutex);  // who comes second needs what the first one makes
  if (part.coded.load(std::memory_order_relaxed) == count) return part.codes.data();
  part.coded = 0;
  bytes_ -= part.codes.size();
  try {
    part.codes.Reserve(bytes);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
  bytes_ += part.codes.size();
  code(part.codes.data());
  part.coded.store(count, std::memory_order_release);
  return part.codes.data();
}

}  // namespace densenode
