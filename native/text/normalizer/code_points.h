// Normalizers that are functions of code points: the Unicode forms, Lowercase, StripAccents, Strip and Nmt.
#pragma once

#include <functional>
#include <memory>

#include "text/normalizer.h"

namespace densenode {

class CodePoints : public Normalizer {
 public:
  using Part = std::unique_ptr<const Normalizer>;
  static Part Nfc(const JsonField& field, int depth);
  static Part Nfd(const JsonField& field, int depth);
  static Part Nfkc(const JsonField& field, int depth);
  static Part Nfkd(const JsonField& field, int depth);
  static Part Lowercase(const JsonField& field, int depth);
  static Part StripAccents(const JsonField& field, int depth);
  static Part Strip(const JsonField& field, int depth);
  static Part Nmt(const JsonField& field, int depth);

  // What a function makes of a text, and how many characters it removed at the start.
  struct Result {
    std::u32string text;
    std::size_t removed_at_start = 0;
  };
  using Function = std::function<Result(std::u32string)>;
  // `keeps_ascii`: ASCII texts stay as they are, and are not even looked at.
  explicit CodePoints(Function function, bool keeps_ascii = false)
      : function_(std::move(function)), keeps_ascii_(keeps_ascii) {}
  bool Normalize(std::string_view text, std::string* out) const override;

 private:
  Function function_;
  bool keeps_ascii_;
};

}  // namespace densenode
