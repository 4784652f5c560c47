// Encodes texts for comparison with another tokenizer: see test/parity/tokenizer_parity.py.
//
//   densenode_encode_lines TOKENIZER [--max-tokens N] [--no-special-tokens] [--pairs] [--truncation STRATEGY]
//   [--type-ids]
//                          [--decode] [--repeat N]
//
// Standard input: texts, each a little-endian uint32 length and that many bytes. Standard output: for each
// text a uint32 count and that many int32 ids (with --type-ids the type ids); with --decode instead the text
// decoded from the ids without special tokens, as a length and its bytes. With --pairs two texts in a row are
// one input. With --repeat nothing is written but the time of N rounds, on standard error.
#include <cstdint>
#include <cstring>
#include <ctime>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "text/tokenizer.h"

namespace {

using densenode::Tokenizer;
using densenode::TruncationStrategy;

std::vector<std::string_view> ReadTexts(std::string_view input) {
  std::vector<std::string_view> texts;
  while (input.size() >= 4) {
    std::uint32_t length;
    std::memcpy(&length, input.data(), 4);
    texts.push_back(input.substr(4, length));
    input.remove_prefix(4 + texts.back().size());
  }
  return texts;
}

void WriteBlock(std::uint32_t count, const void* data, std::size_t bytes) {
  std::cout.write(reinterpret_cast<const char*>(&count), 4);
  std::cout.write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));
}

void Measure(const Tokenizer& tokenizer, const std::vector<std::string_view>& texts,
             const Tokenizer::EncodeOptions& options, int rounds) {
  std::vector<std::int32_t> ids;
  std::size_t bytes = 0;
  for (std::string_view text : texts) bytes += text.size();
  for (int round = 0; round < rounds; ++round) {
    const std::clock_t start = std::clock();
    ids.clear();
    for (std::string_view text : texts) tokenizer.Encode(text, options, &ids, nullptr);
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    std::cerr << bytes / seconds / 1e6 << " MB/s, " << texts.size() / seconds << " texts/s, " << ids.size()
              << " ids\n";
  }
}

struct Arguments {
  Tokenizer::EncodeOptions options;
  bool decode = false, pairs = false, type_ids = false;
  int rounds = 0;
};

Arguments Read(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (words[i] == "--max-tokens") arguments.options.max_tokens = std::stoul(words.at(++i));
    if (words[i] == "--repeat") arguments.rounds = std::stoi(words.at(++i));
    if (words[i] == "--no-special-tokens") arguments.options.add_special_tokens = false;
    if (words[i] == "--decode") arguments.decode = true;
    if (words[i] == "--pairs") arguments.pairs = true;
    if (words[i] == "--type-ids") arguments.type_ids = true;
    if (words[i] == "--truncation") {
      const std::string& name = words.at(++i);
      arguments.options.truncation = name == "only_first"    ? TruncationStrategy::kOnlyFirst
                                     : name == "only_second" ? TruncationStrategy::kOnlySecond
                                                             : TruncationStrategy::kLongestFirst;
    }
  }
  return arguments;
}

int Run(const std::vector<std::string>& words) {
  const Arguments arguments = Read(words);
  const auto tokenizer = Tokenizer::Load(words.at(1));
  std::cin.sync_with_stdio(false);
  const std::string input{std::istreambuf_iterator<char>(std::cin), {}};
  const auto texts = ReadTexts(input);
  if (arguments.rounds > 0) {
    Measure(*tokenizer, texts, arguments.options, arguments.rounds);
    return 0;
  }
  const std::size_t step = arguments.pairs ? 2 : 1;
  for (std::size_t i = 0; i + step <= texts.size(); i += step) {
    std::vector<std::int32_t> ids, type_ids;
    if (arguments.pairs) {
      tokenizer->EncodePair(texts[i], texts[i + 1], arguments.options, &ids, &type_ids);
    } else {
      tokenizer->Encode(texts[i], arguments.options, &ids, &type_ids);
    }
    if (arguments.decode) {
      const std::string decoded = tokenizer->Decode(ids, true);
      WriteBlock(decoded.size(), decoded.data(), decoded.size());
    } else {
      const auto& block = arguments.type_ids ? type_ids : ids;
      WriteBlock(block.size(), block.data(), block.size() * sizeof(block[0]));
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run({argv, argv + argc});
  } catch (const densenode::Error& error) {
    std::cerr << densenode::ErrorCodeName(error.code()) << ": " << error.what() << "\n";
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
  }
  return 1;
}
