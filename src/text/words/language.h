// The language of a text, so far as it decides how its words are stemmed.
#pragma once

#include <cstdint>
#include <string_view>

namespace rappel {

// The languages that Snowball stems. kOther: none of them, or unknown; each word is then stemmed by its
// script alone (stemming_language), so that for Latin words it is the same as kEnglish.
enum class WordLanguage : std::uint8_t {
  kOther,
  kArabic,
  kArmenian,
  kBasque,
  kCatalan,
  kDanish,
  kDutch,
  kEnglish,
  kFinnish,
  kFrench,
  kGerman,
  kGreek,
  kHindi,
  kHungarian,
  kIndonesian,
  kIrish,
  kItalian,
  kLithuanian,
  kNepali,
  kNorwegian,
  kPortuguese,
  kRomanian,
  kRussian,
  kSerbian,
  kSpanish,
  kSwedish,
  kTamil,
  kTurkish,
};
constexpr std::size_t kWordLanguages = static_cast<std::size_t>(WordLanguage::kTurkish) + 1;

// ISO 639-1: "fr"; "" for kOther. The number of an enumerator may change, its code does not.
std::string_view language_code(WordLanguage language);
// By a code or a BCP 47 tag such as "fr-CA", in any case; kOther if there is no such language.
WordLanguage language_of_code(std::string_view tag);

// By the first 4 KiB of a text: its prevailing script, then, in Latin, Cyrillic and Devanagari, the frequent
// words and letters of each language. Unknown Latin is kEnglish, other unknown text kOther. Deterministic;
// the text need not be valid UTF-8.
WordLanguage detect_language(std::string_view text);

// The language whose rules stem a word that begins with `letter` in a text of this language: the text's own
// if it is written in that script, else the one that the script suggests. kOther: not stemmed.
WordLanguage stemming_language(WordLanguage language, char32_t letter);

}  // namespace rappel
