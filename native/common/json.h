// JSON files read into nlohmann::json with errors that name the file.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/error.h"

namespace densenode {

// The members of a JSON object as a list in the order of the file: a vocabulary of 30,522 tokens is read in a
// third of the time that a map takes. Of members of one name, find() gives the last, as a map would; going
// through them gives all. To be read, not to be changed.
template <typename Key, typename Value, typename Compare, typename Allocator>
class JsonMembers : public nlohmann::ordered_map<Key, Value, Compare, Allocator> {
  using Base = nlohmann::ordered_map<Key, Value, Compare, Allocator>;

 public:
  using Base::Base;

  // What a parser calls for each member that it reads.
  Value& operator[](Key key) {
    Base::Container::emplace_back(std::move(key), nullptr);
    return Base::back().second;
  }
  template <typename Name>
  typename Base::iterator find(const Name& name) {
    return Base::begin() + (std::as_const(*this).find(name) - Base::cbegin());
  }
  template <typename Name>
  typename Base::const_iterator find(const Name& name) const {
    for (auto member = Base::end(); member != Base::begin();) {
      if ((--member)->first == name) return member;
    }
    return Base::end();
  }
};

using Json = nlohmann::json;
using OrderedJson = nlohmann::basic_json<JsonMembers>;

// Reads and parses `path`. Throws FILE_NOT_FOUND / FILE_UNREADABLE, or `parse_error` with the position when
// it is not JSON.
Json ReadJsonFile(const std::filesystem::path& path, ErrorCode parse_error);
// The same with objects as JsonMembers.
OrderedJson ReadOrderedJsonFile(const std::filesystem::path& path, ErrorCode parse_error);

}  // namespace densenode
