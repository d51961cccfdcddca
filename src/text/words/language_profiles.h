// Frequent words and particular letters of languages, for detect_language. Written for this purpose.
#pragma once

#include <span>
#include <string_view>

#include "text/words/language.h"

namespace rappel {

struct LanguageProfile {
  WordLanguage language;
  std::string_view words;    // lower case, separated by spaces
  std::string_view letters;  // that few other languages write
};

// Several may lead to one language. Those that Snowball does not stem are here because their words resemble
// others': Polish is not Serbian.
std::span<const LanguageProfile> language_profiles();

}  // namespace rappel
