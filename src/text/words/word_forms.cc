#include "text/words/word_forms.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "text/words/icu_normal.h"
#include "text/words/word_text.h"

namespace rappel {
namespace {

constexpr char32_t kTatweel = 0x0640, kMiddleDot = 0x00B7, kGershayim = 0x05F4;

UScriptCode script_of(char32_t c) {
  UErrorCode error = U_ZERO_ERROR;
  return uscript_getScript(static_cast<UChar32>(c), &error);
}

// Whether marks on the letter are no part of it. A kana with another voicing or a Devanagari letter with
// another vowel is another letter.
bool loses_marks(char32_t letter) {
  switch (script_of(letter)) {
    case USCRIPT_LATIN:
    case USCRIPT_GREEK:
    case USCRIPT_CYRILLIC:
    case USCRIPT_ARABIC:
    case USCRIPT_HEBREW: return true;
    default: return false;
  }
}

bool is_mark(char32_t c) { return u_charType(static_cast<UChar32>(c)) == U_NON_SPACING_MARK; }

// Letters that are another one with a stroke, or two in one.
std::string_view plain_letter(char32_t c) {
  switch (c) {
    case 0x00E6: return "ae";
    case 0x0153: return "oe";
    case 0x00F8: return "o";
    case 0x0142: return "l";
    case 0x00F0:
    case 0x0111: return "d";
    case 0x00FE: return "th";
    case 0x0127: return "h";
    case 0x0131: return "i";
    default: return {};
  }
}

// Appends the characters of `text` to `out` without marks that fall.
template <typename Append>
void drop_marks(std::string_view text, std::string& out, Append append) {
  out.clear();
  bool falls = false;
  for (std::size_t at = 0, length; at < text.size(); at += length) {
    const char32_t c = utf8_decode(text, at, length);
    if (is_mark(c)) {
      if (falls) continue;
    } else {
      falls = loses_marks(c);
    }
    append(c);
  }
}

// In place: without marks that are no part of a composed letter, because stemmers know only these. Digits
// become ASCII.
void simplify(std::string& word, std::string& buffer) {
  drop_marks(word, buffer, [&](char32_t c) {
    if (c == kTatweel || c == '"' || c == kGershayim) return;
    const int digit = u_charType(static_cast<UChar32>(c)) == U_DECIMAL_DIGIT_NUMBER
                          ? u_charDigitValue(static_cast<UChar32>(c))
                          : -1;
    utf8_append(buffer, digit < 0 ? c : U'0' + static_cast<char32_t>(digit));
  });
  word.swap(buffer);
}

// In place: without marks of composed letters.
void unmark(std::string& word, std::string& buffer) {
  normalize(NormalForm::kNfd, word, buffer);
  std::string out;
  drop_marks(buffer, out, [&](char32_t c) {
    const std::string_view plain = plain_letter(c);
    if (!plain.empty())
      out += plain;
    else if (c != kMiddleDot)
      utf8_append(out, c);
  });
  normalize(NormalForm::kNfc, out, word);
}

// 0 if there is none.
char32_t first_letter(std::string_view word) {
  for (std::size_t at = 0, length; at < word.size(); at += length) {
    const char32_t c = utf8_decode(word, at, length);
    if (u_isalpha(static_cast<UChar32>(c))) return c;
  }
  return 0;
}

}  // namespace

std::string_view utf8_start(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

bool WordForms::fold(std::string_view word, std::string& out) {
  if (is_ascii(word)) {
    out = lower_case(utf8_start(word, kLongestWord));
    return false;
  }
  normalize(NormalForm::kNfkcCasefold, word, out);
  simplify(out, buffer_);
  out.resize(utf8_start(out, kLongestWord).size());
  return true;
}

void WordForms::write(std::string_view word, std::string& out) {
  if (fold(word, out) && script_of(first_letter(out)) == USCRIPT_LATIN) unmark(out, buffer_);
}

void WordForms::make(std::string_view word, WordLanguage language, std::string& form, std::string& unmarked) {
  unmarked.clear();
  const bool folded = fold(word, form);
  const char32_t letter = first_letter(form);
  if (!folded) {
    stemmer_.stem(stemming_language(language, letter), form);
    return;
  }
  const WordLanguage rules = stemming_language(language, letter);
  const bool latin = script_of(letter) == USCRIPT_LATIN;
  if (latin) unmarked = form;
  stemmer_.stem(rules, form);
  unmark(form, buffer_);
  if (!latin) return;
  unmark(unmarked, buffer_);
  stemmer_.stem(rules, unmarked);
  if (unmarked == form) unmarked.clear();
}

}  // namespace rappel
