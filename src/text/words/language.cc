#include "text/words/language.h"

#include <unicode/uscript.h>

#include "base/ascii.h"
#include "base/check.h"

namespace rappel {
namespace {

using L = WordLanguage;

struct LanguageRow {
  L language;
  std::string_view code, code3;
  UScriptCode script;
};

constexpr LanguageRow kLanguages[] = {
    {L::kOther, "", "", USCRIPT_INVALID_CODE},     {L::kArabic, "ar", "ara", USCRIPT_ARABIC},
    {L::kArmenian, "hy", "hye", USCRIPT_ARMENIAN}, {L::kBasque, "eu", "eus", USCRIPT_LATIN},
    {L::kCatalan, "ca", "cat", USCRIPT_LATIN},     {L::kDanish, "da", "dan", USCRIPT_LATIN},
    {L::kDutch, "nl", "nld", USCRIPT_LATIN},       {L::kEnglish, "en", "eng", USCRIPT_LATIN},
    {L::kFinnish, "fi", "fin", USCRIPT_LATIN},     {L::kFrench, "fr", "fra", USCRIPT_LATIN},
    {L::kGerman, "de", "deu", USCRIPT_LATIN},      {L::kGreek, "el", "ell", USCRIPT_GREEK},
    {L::kHindi, "hi", "hin", USCRIPT_DEVANAGARI},  {L::kHungarian, "hu", "hun", USCRIPT_LATIN},
    {L::kIndonesian, "id", "ind", USCRIPT_LATIN},  {L::kIrish, "ga", "gle", USCRIPT_LATIN},
    {L::kItalian, "it", "ita", USCRIPT_LATIN},     {L::kLithuanian, "lt", "lit", USCRIPT_LATIN},
    {L::kNepali, "ne", "nep", USCRIPT_DEVANAGARI}, {L::kNorwegian, "no", "nor", USCRIPT_LATIN},
    {L::kPortuguese, "pt", "por", USCRIPT_LATIN},  {L::kRomanian, "ro", "ron", USCRIPT_LATIN},
    {L::kRussian, "ru", "rus", USCRIPT_CYRILLIC},  {L::kSerbian, "sr", "srp", USCRIPT_CYRILLIC},
    {L::kSpanish, "es", "spa", USCRIPT_LATIN},     {L::kSwedish, "sv", "swe", USCRIPT_LATIN},
    {L::kTamil, "ta", "tam", USCRIPT_TAMIL},       {L::kTurkish, "tr", "tur", USCRIPT_LATIN},
};
static_assert(std::size(kLanguages) == kWordLanguages);

// Other codes of languages above: of their written forms, and of ISO 639-2/B.
constexpr struct {
  std::string_view code;
  L language;
} kSynonyms[] = {{"nb", L::kNorwegian}, {"nn", L::kNorwegian}, {"nob", L::kNorwegian}, {"nno", L::kNorwegian},
                 {"fre", L::kFrench},   {"ger", L::kGerman},   {"dut", L::kDutch},     {"gre", L::kGreek},
                 {"baq", L::kBasque},   {"arm", L::kArmenian}, {"rum", L::kRomanian},  {"hr", L::kSerbian},
                 {"bs", L::kSerbian},   {"sh", L::kSerbian}};

bool writes(L language, UScriptCode script) {
  if (language == L::kSerbian && script == USCRIPT_LATIN) return true;
  return kLanguages[static_cast<std::size_t>(language)].script == script;
}

}  // namespace

std::string_view language_code(WordLanguage language) {
  const auto& row = kLanguages[static_cast<std::size_t>(language)];
  RAPPEL_CHECK(row.language == language, "the table is in the order of the enumeration");
  return row.code;
}

WordLanguage language_of_code(std::string_view tag) {
  const std::string code = lower_case(tag.substr(0, tag.find_first_of("-_")));
  if (code.empty()) return L::kOther;
  for (const auto& row : kLanguages)
    if (code == row.code || code == row.code3) return row.language;
  for (const auto& synonym : kSynonyms)
    if (code == synonym.code) return synonym.language;
  return L::kOther;
}

WordLanguage stemming_language(WordLanguage language, char32_t letter) {
  UErrorCode error = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(static_cast<UChar32>(letter), &error);
  if (language != L::kOther && writes(language, script)) return language;
  switch (script) {
    case USCRIPT_LATIN: return L::kEnglish;
    case USCRIPT_CYRILLIC: return L::kRussian;
    case USCRIPT_GREEK: return L::kGreek;
    case USCRIPT_ARABIC: return L::kArabic;
    case USCRIPT_DEVANAGARI: return L::kHindi;
    case USCRIPT_TAMIL: return L::kTamil;
    case USCRIPT_ARMENIAN: return L::kArmenian;
    default: return L::kOther;
  }
}

}  // namespace rappel
