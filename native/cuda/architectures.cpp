#include "cuda/architectures.h"

#include <algorithm>
#include <charconv>

namespace densenode {

std::vector<int> ParseArchitectures(std::string_view text) {
  std::vector<int> architectures;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    int architecture = 0;
    std::from_chars(text.data(), text.data() + end, architecture);
    architectures.push_back(architecture);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return architectures;
}

bool RunsOn(int major, int minor, const std::vector<int>& architectures) {
  if (architectures.empty()) return false;
  const int device = 10 * major + minor;
  if (device >= architectures.back()) return true;
  return std::any_of(architectures.begin(), architectures.end(),
                     [&](int built) { return built / 10 == major && built <= device; });
}

}  // namespace densenode
