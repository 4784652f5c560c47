// Many UTF-8 texts in one slab: text i is slab[offsets[i], offsets[i + 1]).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace densenode {

class TextList {
 public:
  std::size_t size() const { return offsets_.size() - 1; }
  std::string_view operator[](std::size_t i) const {
    return std::string_view(slab_).substr(offsets_[i], offsets_[i + 1] - offsets_[i]);
  }
  std::size_t bytes() const { return slab_.size(); }
  void Append(std::string_view text) {
    slab_.append(text);
    offsets_.push_back(slab_.size());
  }
  // Appends `capacity` writable bytes; Finish(used) closes the text with its first `used` bytes.
  char* Reserve(std::size_t capacity) {
    slab_.resize(offsets_.back() + capacity);
    return slab_.data() + offsets_.back();
  }
  void Finish(std::size_t used) {
    slab_.resize(offsets_.back() + used);
    offsets_.push_back(slab_.size());
  }

 private:
  std::string slab_;
  std::vector<std::size_t> offsets_{0};
};

}  // namespace densenode
