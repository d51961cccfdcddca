// Snowball's stemmers (libstemmer), one of a language, made when it is first needed. Not for several threads
// at a time.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "text/words/language.h"

struct sb_stemmer;

namespace rappel {

class Stemmer {
 public:
  // Replaces `word`, in lower case and valid UTF-8, by its stem. kOther leaves it as it is.
  void stem(WordLanguage language, std::string& word);

 private:
  struct Closer {
    void operator()(sb_stemmer* stemmer) const;
  };
  std::array<std::unique_ptr<sb_stemmer, Closer>, kWordLanguages> stemmers_;
};

}  // namespace rappel
