// Fuzz target for the tokenizers (rappel_text). Run it in the root of the source tree, which contains
// testdata/.
//
// The first byte selects the use of the rest: text for one of the small tokenizers, or the bytes of a
// tokenizer.json, which then encodes a short text. Besides memory errors the target finds ids outside the
// vocabulary and ranges outside the text.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "text/pipeline.h"

namespace {

using namespace rappel;

std::shared_ptr<const Tokenizer> small(const char* path) {
  auto loaded = Tokenizer::load(path);
  if (!loaded.ok()) std::abort();  // not run in the source tree's root
  return *loaded;
}

void check(const Tokenizer& tokenizer, std::string_view text) {
  const Encoding encoding = tokenizer.encode(text, {.offsets = true});
  if (encoding.ids.size() != encoding.offsets.size()) std::abort();
  for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
    if (static_cast<std::size_t>(encoding.ids[i]) >= tokenizer.vocabulary_size()) std::abort();
    const ByteRange range = encoding.offsets[i];
    if (range.begin > range.end || range.end > text.size()) std::abort();
  }
  if (tokenizer.encode(text, {}).ids != encoding.ids) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto unigram = small("testdata/tokenizers/unigram.json");
  static const auto wordpiece = small("testdata/tokenizers/wordpiece.json");
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 3 == 0) {
    auto file = TokenizerFile::parse(std::string(input));
    if (!file.ok()) return 0;
    const auto tokenizer = PipelineTokenizer::create(std::move(file).value());
    if (tokenizer.ok()) check(**tokenizer, "the water <mask> caf\xC3\xA9 \xEF\xAC\x81\xCC\x81 \xFF");
  } else {
    check(data[0] % 3 == 1 ? *unigram : *wordpiece, input);
  }
  return 0;
}
