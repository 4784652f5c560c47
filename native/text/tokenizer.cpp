#include "text/tokenizer.h"

#include <algorithm>
#include <utility>

#include "common/error.h"
#include "common/json.h"
#include "text/added_vocabulary.h"
#include "text/decoder.h"
#include "text/json_field.h"
#include "text/model.h"
#include "text/normalizer.h"
#include "text/post_processor.h"
#include "text/pre_tokenizer.h"
#include "text/truncation.h"
#include "text/utf8.h"

namespace densenode {
namespace {

// Buffers that one thread uses again for every text; given back to the system after an unusually long one.
struct Scratch {
  std::vector<AddedVocabulary::Segment> raw, normalized;
  std::string normal_text;
  Words words;
  std::vector<std::int32_t> first, second;  // ids of the texts, without special tokens

  void Trim() {
    constexpr std::size_t kKeepBytes = 1 << 20;
    if (normal_text.capacity() + words.capacity_bytes() > kKeepBytes) *this = Scratch();
  }
};
Scratch& ScratchOfThisThread() {
  thread_local Scratch scratch;
  return scratch;
}

void CheckVersion(const JsonField& field) {
  if (!field.is_null() && field.String() != "1.0") field.Invalid("\"1.0\"");
}

// A folder without tokenizer.json may hold a tokenizer of another form; the error then says what to do.
void CheckForm(const std::filesystem::path& folder) {
  std::error_code ignored;
  if (std::filesystem::exists(folder / "tokenizer.json", ignored)) return;
  for (const char* name : {"sentencepiece.bpe.model", "spiece.model", "tokenizer.model", "spm.model",
                           "vocab.txt", "vocab.json", "tokenizer_config.json"}) {
    if (!std::filesystem::exists(folder / name, ignored)) continue;
    Fail(ErrorCode::kFileNotFound, folder / "tokenizer.json", " does not exist; ", name,
         " alone is not enough. Write it once with Python's transformers: "
         "AutoTokenizer.from_pretrained(folder).save_pretrained(folder)");
  }
}

}  // namespace

// Ids are made in this order: added tokens are cut out of the text, the rest is normalized, normalized added
// tokens are cut out, the rest is split into words, the model turns words into ids; then truncation and
// special tokens.
struct Tokenizer::Parts {
  explicit Parts(const JsonField& file)
      : truncation(file.Get("truncation")),
        normalizer(file.Get("normalizer").is_null() ? nullptr : Normalizer::FromJson(file.Get("normalizer"))),
        pre_tokenizer(file.Get("pre_tokenizer").is_null()
                          ? nullptr
                          : PreTokenizer::FromJson(file.Get("pre_tokenizer"))),
        model(Model::FromJson(file.At("model"))),
        added(file.Get("added_tokens"), *model, normalizer.get()),
        post_processor(PostProcessor::FromJson(file.Get("post_processor"))),
        decoder(file.Get("decoder").is_null() ? nullptr : Decoder::FromJson(file.Get("decoder"))) {
    CheckVersion(file.Get("version"));
    if (truncation.max_length() && *truncation.max_length() < post_processor.added_tokens(false)) {
      file.Get("truncation").At("max_length").Invalid("enough for the special tokens of one text");
    }
    const JsonField padding = file.Get("padding");
    if (!padding.is_null()) {
      pad_id = padding.At("pad_id").TokenId();
    } else {
      pad_id = TokenToId("[PAD]").value_or(TokenToId("<pad>").value_or(0));
    }
  }

  std::optional<std::int32_t> TokenToId(std::string_view token) const {
    const auto id = added.TokenToId(token);
    return id ? id : model->TokenToId(token);
  }

  std::optional<std::string_view> IdToToken(std::int32_t id) const {
    const auto token = added.IdToToken(id);
    return token ? token : model->IdToToken(id);
  }

  // How many ids of the text, or of the pair, itself may stay. The caller's limit goes before the file's.
  std::optional<std::size_t> ContentLimit(const EncodeOptions& options, bool pair) const {
    const std::size_t special = options.add_special_tokens ? post_processor.added_tokens(pair) : 0;
    const auto limit = options.max_tokens ? options.max_tokens : truncation.max_length();
    if (limit && *limit < special) {
      Fail(ErrorCode::kInvalidArgument, "max_tokens must be at least ", special,
           ", the number of special tokens of one ", pair ? "pair" : "text", ", got ", *limit);
    }
    return limit ? std::optional(*limit - special) : std::nullopt;
  }

  void ReplaceContent(std::string_view text, std::optional<std::size_t> needed, Scratch& scratch,
                      std::vector<std::int32_t>* content) const;
  void AppendWords(std::string_view text, bool at_start, std::optional<std::size_t> needed, Words& words,
                   std::vector<std::int32_t>* content) const;

  Truncation truncation;
  std::unique_ptr<const Normalizer> normalizer;       // may be null
  std::unique_ptr<const PreTokenizer> pre_tokenizer;  // may be null
  std::unique_ptr<const Model> model;
  AddedVocabulary added;
  PostProcessor post_processor;
  std::unique_ptr<const Decoder> decoder;  // may be null
  std::int32_t pad_id = 0;
};

// Replaces *content by the ids of a text, which may be of any bytes. May stop once there are `needed` ids.
void Tokenizer::Parts::ReplaceContent(std::string_view text, std::optional<std::size_t> needed,
                                      Scratch& scratch, std::vector<std::int32_t>* content) const {
  std::string repaired;
  if (!IsValidUtf8(text)) text = repaired = ReplaceInvalidUtf8(text);
  content->clear();
  auto enough = [&] { return needed && content->size() >= *needed; };
  scratch.raw.clear();
  added.SplitRaw(text, &scratch.raw);
  for (const auto& raw : scratch.raw) {
    if (enough()) return;
    if (raw.token >= 0) {
      content->push_back(raw.token);
      continue;
    }
    std::string_view normal_text = raw.text;
    bool at_start = raw.text.data() == text.data();
    if (normalizer) {
      at_start &= normalizer->Normalize(raw.text, &scratch.normal_text);
      normal_text = scratch.normal_text;
    }
    scratch.normalized.clear();
    added.SplitNormalized(normal_text, &scratch.normalized);
    for (const auto& segment : scratch.normalized) {
      if (enough()) return;
      if (segment.token >= 0) {
        content->push_back(segment.token);
      } else {
        AppendWords(segment.text, at_start && segment.text.data() == normal_text.data(), needed,
                    scratch.words, content);
      }
    }
  }
}

void Tokenizer::Parts::AppendWords(std::string_view text, bool at_start, std::optional<std::size_t> needed,
                                   Words& words, std::vector<std::int32_t>* content) const {
  if (!pre_tokenizer) return model->Tokenize({&text, 1}, content);
  constexpr std::size_t kChunk = 512;  // words between two looks at `needed`
  words.Clear();
  pre_tokenizer->Split(text, at_start, &words);
  std::span<const std::string_view> rest = words.list;
  while (!rest.empty() && !(needed && content->size() >= *needed)) {
    const std::size_t count = std::min(kChunk, rest.size());
    model->Tokenize(rest.first(count), content);
    rest = rest.subspan(count);
  }
}

Tokenizer::Tokenizer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Tokenizer::~Tokenizer() = default;

std::shared_ptr<const Tokenizer> Tokenizer::Load(const std::filesystem::path& path) {
  std::error_code ignored;
  const bool is_folder = std::filesystem::is_directory(path, ignored);
  if (is_folder) CheckForm(path);
  const OrderedJson json =
      ReadOrderedJsonFile(is_folder ? path / "tokenizer.json" : path, ErrorCode::kTokenizerInvalid);
  return std::shared_ptr<const Tokenizer>(new Tokenizer(std::make_unique<Parts>(JsonField(json, ""))));
}

std::size_t Tokenizer::Encode(std::string_view text, const EncodeOptions& options,
                              std::vector<std::int32_t>* ids, std::vector<std::int32_t>* type_ids) const {
  const auto limit = parts_->ContentLimit(options, false);
  Scratch& scratch = ScratchOfThisThread();
  parts_->ReplaceContent(text, parts_->truncation.Needed(limit), scratch, &scratch.first);
  const std::size_t before = ids->size();
  parts_->post_processor.Process(parts_->truncation.Apply(scratch.first, limit), std::nullopt,
                                 options.add_special_tokens, ids, type_ids);
  scratch.Trim();
  return ids->size() - before;
}

std::size_t Tokenizer::EncodePair(std::string_view first, std::string_view second,
                                  const EncodeOptions& options, std::vector<std::int32_t>* ids,
                                  std::vector<std::int32_t>* type_ids) const {
  const auto limit = parts_->ContentLimit(options, true);
  Scratch& scratch = ScratchOfThisThread();
  parts_->ReplaceContent(first, std::nullopt, scratch, &scratch.first);
  parts_->ReplaceContent(second, std::nullopt, scratch, &scratch.second);
  Truncation::Ids first_ids = scratch.first, second_ids = scratch.second;
  parts_->truncation.ApplyToPair(limit, options.truncation, &first_ids, &second_ids);
  const std::size_t before = ids->size();
  parts_->post_processor.Process(first_ids, second_ids, options.add_special_tokens, ids, type_ids);
  scratch.Trim();
  return ids->size() - before;
}

std::string Tokenizer::Decode(std::span<const std::int32_t> ids, bool skip_special_tokens) const {
  std::vector<std::string> tokens;
  for (std::int32_t id : ids) {
    const auto token = parts_->IdToToken(id);
    if (!token) {
      Fail(ErrorCode::kInvalidArgument, "ids must be of the tokenizer's vocabulary of ", vocab_size(),
           " tokens, got ", id);
    }
    if (skip_special_tokens && parts_->added.IsSpecial(*token)) continue;
    tokens.emplace_back(*token);
  }
  std::string text;
  if (parts_->decoder) parts_->decoder->Decode(&tokens);
  for (std::size_t i = 0; i < tokens.size(); ++i)
    text.append(parts_->decoder || i == 0 ? "" : " ").append(tokens[i]);
  return text;
}

std::size_t Tokenizer::vocab_size() const {
  return parts_->model->vocab_size() + parts_->added.tokens_beyond(*parts_->model);
}

std::optional<std::int32_t> Tokenizer::unknown_id() const { return parts_->model->unknown_id(); }
std::optional<std::int32_t> Tokenizer::TokenToId(std::string_view token) const {
  return parts_->TokenToId(token);
}
std::int32_t Tokenizer::pad_id() const { return parts_->pad_id; }
std::size_t Tokenizer::special_tokens_per_text() const { return parts_->post_processor.added_tokens(false); }
std::size_t Tokenizer::special_tokens_per_pair() const { return parts_->post_processor.added_tokens(true); }

}  // namespace densenode
