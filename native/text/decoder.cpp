#include "text/decoder.h"

#include "text/component.h"
#include "text/decoder/bpe_decoder.h"
#include "text/decoder/byte_fallback.h"
#include "text/decoder/byte_level.h"
#include "text/decoder/ctc.h"
#include "text/decoder/decoder_sequence.h"
#include "text/decoder/fuse.h"
#include "text/decoder/metaspace.h"
#include "text/decoder/replace.h"
#include "text/decoder/strip.h"
#include "text/decoder/wordpiece.h"

namespace densenode {

std::unique_ptr<const Decoder> Decoder::FromJson(const JsonField& field, int depth) {
  static const Makers<Decoder> makers = {
      {"BPEDecoder", FromField<Decoder, BpeDecoder>},
      {"ByteFallback", FromNothing<Decoder, ByteFallbackDecoder>},
      {"ByteLevel", FromNothing<Decoder, ByteLevelDecoder>},
      {"CTC", FromField<Decoder, CtcDecoder>},
      {"Fuse", FromNothing<Decoder, FuseDecoder>},
      {"Metaspace", FromField<Decoder, MetaspaceDecoder>},
      {"Replace", FromField<Decoder, ReplaceDecoder>},
      {"Sequence",
       [](const JsonField& sequence, int level) -> std::unique_ptr<const Decoder> {
         return std::make_unique<DecoderSequence>(ReadSequence<Decoder>(sequence, "decoders", level));
       }},
      {"Strip", FromField<Decoder, StripDecoder>},
      {"WordPiece", FromField<Decoder, WordPieceDecoder>},
  };
  return Make(makers, field.Type(), field, depth);
}

}  // namespace densenode
