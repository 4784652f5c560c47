// BertNormalizer: clean text, spaces around CJK characters, accents stripped, lowercase; each can be switched
// off.
#pragma once

#include <array>

#include "text/normalizer.h"

namespace densenode {

class BertNormalizer : public Normalizer {
 public:
  explicit BertNormalizer(const JsonField& field);
  bool Normalize(std::string_view text, std::string* out) const override;

 private:
  void AppendAscii(const char* begin, const char* end, std::string* out) const;
  const char* AppendSpan(const char* begin, const char* end, std::string* out) const;
  bool RemovesFirst(std::string_view text) const;
  bool IsBarrier(char32_t c) const;

  bool clean_text_, space_cjk_, strip_accents_, lowercase_;
  static constexpr unsigned char kDropped = 0xFF;
  std::array<unsigned char, 128> ascii_;  // what an ASCII character becomes, or kDropped
};

}  // namespace densenode
