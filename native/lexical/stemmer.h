// One Snowball stemmer (libstemmer). Not for two threads at once.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct sb_stemmer;

namespace densenode {

class Stemmer {
 public:
  // `algorithm`: a name of libstemmer, such as "english". Throws INVALID_ARGUMENT for another.
  explicit Stemmer(const std::string& algorithm);
  // Of a word in lower case and NFC; valid until the next call.
  std::string_view Stem(std::string_view word);

 private:
  struct Delete {
    void operator()(sb_stemmer* stemmer) const;
  };
  std::unique_ptr<sb_stemmer, Delete> stemmer_;
};

}  // namespace densenode
