// Fuzz target for the words of the index (src/text/words). The first byte selects the language, the rest is
// the text. Besides memory errors the target finds words that are no UTF-8 or too long, counts that are not
// those of the list, and texts that do not find themselves.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "text/words/words.h"

namespace {

using namespace rappel;

constexpr std::size_t kLongestForm = 256;  // a pair of ideographs with marks; other words are shorter

void check(bool holds) {
  if (!holds) std::abort();
}

void check_words(WordCutter& cutter, std::string_view text, WordLanguage language) {
  ChunkWords words;
  cutter.count(text, language, words);
  std::size_t total = 0;
  for (std::size_t i = 0; i < words.words.size(); ++i) {
    check(i == 0 || words.words[i - 1].word < words.words[i].word);
    total += words.words[i].count;
  }
  check(words.length <= total);
  const std::vector<std::string> list = cutter.list(text, language);
  check(list.size() == total);
  for (const std::string& word : list)
    check(!word.empty() && word.size() <= kLongestForm && utf8_valid(word));
  for (const std::uint64_t word : cutter.query(text, {&language, 1}))
    check(std::any_of(words.words.begin(), words.words.end(),
                      [&](const auto& one) { return one.word == word; }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static WordCutter cutter;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  check_words(cutter, text, static_cast<WordLanguage>(data[0] % kWordLanguages));
  detect_language(text);
  return 0;
}
