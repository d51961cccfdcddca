#include "text/words/words_version.h"

#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include "text/words/bm25.h"
#include "text/words/icu_normal.h"
#include "text/words/language_profiles.h"
#include "text/words/stemmer.h"
#include "text/words/word_hash.h"
#include "text/words/words.h"

namespace rappel {
namespace {

// The frequent words of each language, with endings of many languages.
std::string stems_of_frequent_words() {
  constexpr std::string_view kEndings[] = {"", "s", "ing", "ation", "ement", "ungen", "ости", "ियाँ"};
  Stemmer stemmer;
  std::string stems;
  for (const LanguageProfile& profile : language_profiles()) {
    for (std::string_view rest = profile.words; !rest.empty();) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      for (const std::string_view ending : kEndings) {
        std::string word(rest.substr(0, end));
        word += ending;
        stemmer.stem(profile.language, word);
        stems += word + ' ';
      }
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return stems;
}

std::string make_version() {
  return fmt::format("rules {}, names 1, ICU {}, stems {:016x}, BM25 {} {} {}", kWordRules, icu_version(),
                     word_hash(stems_of_frequent_words()), kBm25K1, kBm25B, kBm25Length);
}

}  // namespace

const std::string& words_version() {
  static const std::string version = make_version();
  return version;
}

}  // namespace rappel
