// Loads arbitrary bytes as tokenizer.json and encodes a few texts: only densenode::Error may come out.
//
// With clang: clang++ -fsanitize=fuzzer,address,undefined ... ; then run it on a folder of tokenizer.json
// files. Without: -DDENSENODE_FUZZ_MAIN builds a program that mutates the files it is given, a fixed number
// of rounds.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>

#include "common/error.h"
#include "text/tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::filesystem::path path = [] {
    std::string name = (std::filesystem::temp_directory_path() / "densenode-fuzz-XXXXXX").string();
    return std::filesystem::path(mkdtemp(name.data())) / "tokenizer.json";
  }();
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  try {
    const auto tokenizer = densenode::Tokenizer::Load(path);
    for (const std::string_view text :
         {"", "Hello, unaffable [MASK] caf\xC3\xA9 \xE5\x8C\x97", "\xFF\x00 e\xCC\x81"}) {
      std::vector<std::int32_t> ids, type_ids;
      tokenizer->Encode(text, {true, 8}, &ids, &type_ids);
      if (ids.size() != type_ids.size()) std::abort();
      tokenizer->Decode(ids, true);
    }
  } catch (const densenode::Error&) {
  }
  return 0;
}

#ifdef DENSENODE_FUZZ_MAIN
// ROUNDS FILE...
int main(int argc, char** argv) {
  std::mt19937 random(1);
  static constexpr std::string_view kPieces[] = {"null",
                                                 "-1",
                                                 "1e400",
                                                 "{}",
                                                 "[]",
                                                 "\"\"",
                                                 "true",
                                                 "0",
                                                 "\"A\"",
                                                 "[",
                                                 "]",
                                                 "}",
                                                 "4294967296",
                                                 "\\ud800",
                                                 "\xff",
                                                 "type",
                                                 "99999999999999999999"};
  for (int i = 2; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    const std::string seed{std::istreambuf_iterator<char>(file), {}};
    for (int round = std::atoi(argv[1]); round > 0; --round) {
      std::string text = seed;
      for (int change = random() % 4 + 1; change > 0 && !text.empty(); --change) {
        const std::size_t at = random() % text.size();
        const std::size_t cut = random() % 3 ? random() % 8 : random() % text.size();
        text.replace(at, cut, kPieces[random() % std::size(kPieces)]);
      }
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    }
  }
}
#endif
