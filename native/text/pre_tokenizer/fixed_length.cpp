#include "text/pre_tokenizer/fixed_length.h"

#include "text/utf8.h"

namespace densenode {

FixedLength::FixedLength(const JsonField& field) {
  const JsonField length = field.Get("length");
  if (!length.is_null()) length_ = length.Size();
  if (length_ == 0) length.Invalid("a number of characters >= 1");
}

void FixedLength::Split(std::string_view text, bool, Words* words) const {
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p < end;) {
    const char* const start = p;
    for (std::size_t i = 0; i < length_ && p < end; ++i) DecodeUtf8(&p);
    words->list.emplace_back(start, p);
  }
}

}  // namespace densenode
