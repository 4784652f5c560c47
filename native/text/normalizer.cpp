#include "text/normalizer.h"

#include "text/component.h"
#include "text/normalizer/bert_normalizer.h"
#include "text/normalizer/byte_level.h"
#include "text/normalizer/code_points.h"
#include "text/normalizer/normalizer_sequence.h"
#include "text/normalizer/precompiled.h"
#include "text/normalizer/prepend.h"
#include "text/normalizer/replace.h"

namespace densenode {

std::unique_ptr<const Normalizer> Normalizer::FromJson(const JsonField& field, int depth) {
  static const Makers<Normalizer> makers = {
      {"Bert", FromField<Normalizer, BertNormalizer>},
      {"BertNormalizer", FromField<Normalizer, BertNormalizer>},
      {"ByteLevel", FromNothing<Normalizer, ByteLevelNormalizer>},
      {"Lowercase", CodePoints::Lowercase},
      {"NFC", CodePoints::Nfc},
      {"NFD", CodePoints::Nfd},
      {"NFKC", CodePoints::Nfkc},
      {"NFKD", CodePoints::Nfkd},
      {"Nmt", CodePoints::Nmt},
      {"Precompiled", FromField<Normalizer, Precompiled>},
      {"Prepend", FromField<Normalizer, Prepend>},
      {"Replace", FromField<Normalizer, ReplaceNormalizer>},
      {"Sequence",
       [](const JsonField& sequence, int level) -> std::unique_ptr<const Normalizer> {
         return std::make_unique<NormalizerSequence>(
             ReadSequence<Normalizer>(sequence, "normalizers", level));
       }},
      {"Strip", CodePoints::Strip},
      {"StripAccents", CodePoints::StripAccents},
  };
  return Make(makers, field.Type(), field, depth);
}

}  // namespace densenode
