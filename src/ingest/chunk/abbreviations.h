// Abbreviations whose full stop ends no sentence, and the languages that have a list of them.
#pragma once

#include <string_view>

namespace rappel {

enum class Language { kOther, kEnglish, kFrench, kGerman };

// By a tag such as "fr-CA".
Language language_of_tag(std::string_view tag);
// By the frequent words in the first 4 KiB of a text.
Language language_of_text(std::string_view text);

// `word`: the letters before a full stop, in any case; it may have inner full stops ("p.m", "U.S").
// `before_number`: a digit follows, as in "Fig. 3".
bool is_abbreviation(Language language, std::string_view word, bool before_number);

// A month in which a date such as "3. Mai" goes on.
bool is_german_month(std::string_view word);

}  // namespace rappel
