#include "lexical/stemmer.h"

#include <libstemmer.h>

#include <cstring>
#include <new>

#include "common/error.h"

namespace densenode {
namespace {

bool IsKnown(const std::string& algorithm) {
  for (const char** name = sb_stemmer_list(); *name; ++name)
    if (algorithm == *name) return true;
  return false;
}

}  // namespace

Stemmer::Stemmer(const std::string& algorithm) : stemmer_(sb_stemmer_new(algorithm.c_str(), "UTF_8")) {
  if (stemmer_) return;
  if (IsKnown(algorithm)) throw std::bad_alloc();
  std::string names;
  for (const char** name = sb_stemmer_list(); *name; ++name)
    names += (names.empty() ? "" : ", ") + std::string(*name);
  Fail(ErrorCode::kInvalidArgument, "stemmer: expected one of ", names, ", got ", algorithm);
}

std::string_view Stemmer::Stem(std::string_view word) {
  const auto* stem = sb_stemmer_stem(stemmer_.get(), reinterpret_cast<const sb_symbol*>(word.data()),
                                     static_cast<int>(word.size()));
  if (!stem) throw std::bad_alloc();
  return {reinterpret_cast<const char*>(stem), static_cast<std::size_t>(sb_stemmer_length(stemmer_.get()))};
}

void Stemmer::Delete::operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }

}  // namespace densenode
