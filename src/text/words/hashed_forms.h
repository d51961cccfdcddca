// HashedForms: the hashes of the forms of words (word_forms.h), which are made once for frequent words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "text/words/stem_cache.h"
#include "text/words/word_forms.h"
#include "text/words/word_hash.h"

namespace rappel {

class HashedForms {
 public:
  explicit HashedForms(WordForms& forms) : forms_(forms) {}

  // Until the next call.
  KnownWord& known(std::string_view word, WordLanguage language) {
    return cache_.get(spelling_of(word, language), [&] {
      KnownWord made;
      forms_.make(word, language, form_, unmarked_);
      forms_.write(word, made.written);
      if (!form_.empty()) made.forms.form = word_hash(form_);
      if (!unmarked_.empty()) made.forms.unmarked = word_hash(unmarked_);
      return made;
    });
  }
  const FormHashes& of(std::string_view word, WordLanguage language) { return known(word, language).forms; }

 private:
  // Keeps languages apart. A seed would not: XXH3 of three bytes is theirs and the seed's exclusive or,
  // mixed.
  static std::uint64_t spelling_of(std::string_view word, WordLanguage language) {
    constexpr std::uint64_t kGoldenRatio = 0x9E3779B97F4A7C15;
    return word_hash(word) ^ static_cast<std::uint64_t>(language) * kGoldenRatio;
  }

  WordForms& forms_;
  StemCache cache_;
  std::string form_, unmarked_;
};

}  // namespace rappel
