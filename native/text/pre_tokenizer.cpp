#include "text/pre_tokenizer.h"

#include "text/component.h"
#include "text/pre_tokenizer/bert_pre_tokenizer.h"
#include "text/pre_tokenizer/byte_level.h"
#include "text/pre_tokenizer/character_delimiter.h"
#include "text/pre_tokenizer/fixed_length.h"
#include "text/pre_tokenizer/metaspace.h"
#include "text/pre_tokenizer/pattern_split.h"
#include "text/pre_tokenizer/pre_tokenizer_sequence.h"
#include "text/pre_tokenizer/unicode_scripts.h"
#include "text/pre_tokenizer/whitespace.h"

namespace densenode {

std::unique_ptr<const PreTokenizer> PreTokenizer::FromJson(const JsonField& field, int depth) {
  static const Makers<PreTokenizer> makers = {
      {"BertPreTokenizer", FromNothing<PreTokenizer, BertPreTokenizer>},
      {"ByteLevel", FromField<PreTokenizer, ByteLevelPreTokenizer>},
      {"CharDelimiterSplit", CharacterDelimiter::CharDelimiterSplit},
      {"Digits", CharacterDelimiter::Digits},
      {"FixedLength", FromField<PreTokenizer, FixedLength>},
      {"Metaspace", FromField<PreTokenizer, MetaspacePreTokenizer>},
      {"Punctuation", CharacterDelimiter::Punctuation},
      {"Sequence",
       [](const JsonField& sequence, int level) -> std::unique_ptr<const PreTokenizer> {
         return std::make_unique<PreTokenizerSequence>(
             ReadSequence<PreTokenizer>(sequence, "pretokenizers", level));
       }},
      {"Split", FromField<PreTokenizer, PatternSplit>},
      {"UnicodeScripts", FromNothing<PreTokenizer, UnicodeScripts>},
      {"Whitespace", FromNothing<PreTokenizer, WhitespacePreTokenizer>},
      {"WhitespaceSplit", CharacterDelimiter::WhitespaceSplit},
  };
  return Make(makers, field.Type(), field, depth);
}

}  // namespace densenode
