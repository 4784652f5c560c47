#include <cstdlib>

#include "../temporary_folder.h"
#include "json_words.h"
#include "target.h"
#include "text/tokenizer.h"

namespace densenode::fuzz {
namespace {

std::vector<std::string> Seeds() {
  std::vector<std::string> files;
  for (const char* model : {"tiny-bert-cls", "tiny-bert-mean", "tiny-bert-current"}) {
    files.push_back(test::ReadFile(std::filesystem::path(DENSENODE_SOURCE_DIR) / "test/fixtures/models" /
                                   model / "tokenizer.json"));
  }
  return files;
}

void Run(const std::string& input) {
  static const test::TemporaryFolder folder;
  test::WriteFile(folder / "tokenizer.json", input);
  const auto tokenizer = Tokenizer::Load(folder / "tokenizer.json");
  for (const std::string_view text :
       {"", "Hello, unaffable [MASK] caf\xC3\xA9 \xE5\x8C\x97", "\xFF\x00 e\xCC\x81"}) {
    std::vector<std::int32_t> ids, type_ids;
    tokenizer->Encode(text, {true, 8}, &ids, &type_ids);
    if (ids.size() != type_ids.size()) std::abort();
    tokenizer->Decode(ids, true);
  }
}

}  // namespace

const Target kTokenizerJson{"tokenizer_json", Seeds, Run, nullptr, kJsonWords};

}  // namespace densenode::fuzz
