// The language of a text that is too short to trust every guess.
#pragma once

#include <optional>
#include <string_view>

#include "text/words/language.h"

namespace rappel {

// As detect_language(), but nothing where that would guess: in Latin, Cyrillic or Devanagari script the text
// has neither two frequent words of one language that few others share, nor as many of its letters. So
// "remplacer la courroie" and "lot L-2207" have no clear language.
std::optional<WordLanguage> clear_language(std::string_view text);

}  // namespace rappel
