#include "ingest/chunk/abbreviations.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>

#include "base/ascii.h"

namespace rappel {
namespace {

using Words = std::span<const std::string_view>;

// In lower case where that is ASCII; sorted by nothing, because each list is short.
constexpr std::string_view kEnglish[] = {"mr",   "mrs", "ms",  "dr",  "prof", "st",   "jr",  "sr",  "vs",
                                         "cf",   "al",  "gen", "col", "capt", "lt",   "sgt", "rev", "hon",
                                         "gov",  "sen", "rep", "jan", "feb",  "mar",  "apr", "aug", "sept",
                                         "sep",  "oct", "nov", "dec", "mt",   "dept", "ed",  "eds", "fig",
                                         "figs", "eq",  "eqs", "ref", "refs", "resp", "viz", "ca",  "approx"};
constexpr std::string_view kEnglishNumbers[] = {"no",  "nos", "pp",  "vol", "sec", "ch",
                                                "art", "par", "app", "tab", "jun", "jul"};
constexpr std::string_view kFrench[] = {
    "mm",  "mme",   "mmes", "mlle", "mlles", "dr",       "pr",          "st",  "ste",  "mgr",
    "cf",  "ex",    "env",  "av",   "apr",   "bd",       "t\u00e9l",    "hab", "janv", "f\u00e9vr",
    "avr", "juill", "sept", "oct",  "nov",   "d\u00e9c", "c.-\u00e0-d", "fig", "resp"};
constexpr std::string_view kFrenchNumbers[] = {"art", "chap", "no",  "nos", "pp",
                                               "vol", "al",   "par", "tab", "\u00e9d"};
constexpr std::string_view kGerman[] = {
    "bzw", "ca",   "dr",  "prof", "nr",  "str",      "vgl",   "ggf",  "evtl", "inkl", "exkl", "abb",
    "hr",  "fr",   "st",  "jan",  "feb", "m\u00e4r", "apr",   "aug",  "sept", "okt",  "nov",  "dez",
    "geb", "gest", "mio", "mrd",  "sog", "allg",     "eigtl", "insb", "max",  "min"};
constexpr std::string_view kGermanNumbers[] = {"abs", "art", "bd", "kap", "tab", "jun", "jul", "anm", "rn"};
constexpr std::string_view kGermanMonths[] = {"Januar",    "Februar", "M\u00e4rz", "April",
                                              "Mai",       "Juni",    "Juli",      "August",
                                              "September", "Oktober", "November",  "Dezember"};

// Frequent words that the other two languages do not have.
constexpr std::string_view kEnglishText[] = {"the", "of", "and", "to", "is", "that", "for", "with"};
constexpr std::string_view kFrenchText[] = {"le", "la", "les", "et", "est", "une", "dans", "pour"};
constexpr std::string_view kGermanText[] = {"der", "die", "das", "und", "ist", "nicht", "mit", "ein"};

bool holds(Words words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// "U.S", "p.m", "z.B", "J.-C": single letters between full stops.
bool is_letters_apart(std::string_view word) {
  std::size_t run = 0;
  bool apart = false;
  for (const char c : word) {
    if (c == '.') {
      apart = true;
      run = 0;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80 && c != '-' && ++run > 1) {
      return false;
    }
  }
  return apart;
}

}  // namespace

Language language_of_tag(std::string_view tag) {
  const std::string code = lower_case(tag.substr(0, tag.find_first_of("-_")));
  if (code == "en" || code == "eng") return Language::kEnglish;
  if (code == "fr" || code == "fra" || code == "fre") return Language::kFrench;
  return code == "de" || code == "deu" || code == "ger" ? Language::kGerman : Language::kOther;
}

Language language_of_text(std::string_view text) {
  constexpr std::size_t kLooked = 4096, kEnough = 2;
  std::size_t english = 0, french = 0, german = 0;
  text = text.substr(0, kLooked);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n"), text.size());
    const std::string word = lower_case(text.substr(0, end));
    english += holds(kEnglishText, word) ? 1 : 0;
    french += holds(kFrenchText, word) ? 1 : 0;
    german += holds(kGermanText, word) ? 1 : 0;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const std::size_t most = std::max({english, french, german});
  if (most < kEnough) return Language::kOther;
  if (english == most) return Language::kEnglish;
  return french == most ? Language::kFrench : Language::kGerman;
}

bool is_abbreviation(Language language, std::string_view word, bool before_number) {
  if (is_letters_apart(word)) return true;
  const std::string lower = lower_case(word);
  const auto listed = [&](Words always, Words numbers) {
    return holds(always, lower) || (before_number && holds(numbers, lower));
  };
  switch (language) {
    case Language::kEnglish: return listed(kEnglish, kEnglishNumbers);
    case Language::kFrench: return listed(kFrench, kFrenchNumbers);
    case Language::kGerman: return listed(kGerman, kGermanNumbers);
    case Language::kOther: break;
  }
  return false;
}

bool is_german_month(std::string_view word) { return holds(kGermanMonths, word); }

}  // namespace rappel
