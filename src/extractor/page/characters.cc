#include "extractor/page/characters.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <utility>

#include "base/utf8.h"

namespace rappel::extractor::page {
namespace {

UChar32 code(char32_t c) { return static_cast<UChar32>(c); }

// Most characters are ASCII, about which ICU need not be asked.
bool is_ascii(char32_t c) { return c < 0x80; }
bool is_ascii_lower(char32_t c) { return c >= 'a' && c <= 'z'; }
bool is_ascii_upper(char32_t c) { return c >= 'A' && c <= 'Z'; }
bool is_ascii_digit(char32_t c) { return c >= '0' && c <= '9'; }
char32_t ascii_lower(char32_t c) { return is_ascii_upper(c) ? c + ('a' - 'A') : c; }

constexpr std::pair<char32_t, char32_t> kAccents[] = {
    {0x60, 0x300},  {0xB4, 0x301},  {0x2C6, 0x302}, {0x5E, 0x302},  {0x2DC, 0x303},
    {0x7E, 0x303},  {0xA8, 0x308},  {0x2DA, 0x30A}, {0xB0, 0x30A},  {0xB8, 0x327},
    {0x2C7, 0x30C}, {0x2D8, 0x306}, {0x2D9, 0x307}, {0x2DD, 0x30B}, {0xAF, 0x304},
    {0x2C9, 0x304}, {0x2DB, 0x328}, {0x2CA, 0x301}, {0x2CB, 0x300},
};

const icu::Normalizer2* normalizer(bool compatible) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* found =
      compatible ? icu::Normalizer2::getNFKCInstance(error) : icu::Normalizer2::getNFCInstance(error);
  return U_SUCCESS(error) ? found : nullptr;
}

// Ligatures (fi), Arabic and Hebrew presentation forms, and radicals of fonts that mean ideographs.
bool is_form(char32_t c) {
  return (c >= 0xFB00 && c <= 0xFDFF && c != 0xFD3E && c != 0xFD3F) || (c >= 0xFE70 && c <= 0xFEFC) ||
         (c >= 0x2F00 && c <= 0x2FD5) || (c >= 0x2E80 && c <= 0x2EF3);
}

void append_form(std::u32string& out, char32_t c) {
  const icu::Normalizer2* nfkc = normalizer(true);
  icu::UnicodeString text;
  if (nfkc == nullptr || !nfkc->getDecomposition(code(c), text)) {
    out += c;
    return;
  }
  for (int i = 0; i < text.length(); i = text.moveIndex32(i, 1))
    if (const UChar32 part = text.char32At(i); !u_isUWhiteSpace(part)) out += static_cast<char32_t>(part);
}

}  // namespace

bool is_blank(char32_t c) { return c <= 0x20 ? c == ' ' || (c >= 9 && c <= 13) : u_isUWhiteSpace(code(c)); }

bool is_visible(char32_t c) {
  if (c < 0x20 || (c >= 0x7F && c < 0xA0)) return false;
  if (c == 0x200B || c == 0x2060 || c == 0xFEFF || (c >= 0x200E && c <= 0x200F)) return false;
  if ((c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069)) return false;
  return c <= 0x10FFFF && (c < 0xD800 || c >= 0xE000) && (c & 0xFFFE) != 0xFFFE && c != 0xFFFD;
}

bool is_mark(char32_t c) {
  return c >= 0x300 && ((U_GET_GC_MASK(code(c)) & (U_GC_MN_MASK | U_GC_ME_MASK | U_GC_MC_MASK)) != 0);
}

bool is_letter(char32_t c) {
  return is_ascii(c) ? is_ascii_lower(c) || is_ascii_upper(c) : u_isUAlphabetic(code(c)) != 0;
}
bool is_lower(char32_t c) { return is_ascii(c) ? is_ascii_lower(c) : u_isULowercase(code(c)) != 0; }
bool is_digit(char32_t c) { return is_ascii(c) ? is_ascii_digit(c) : u_isdigit(code(c)) != 0; }

bool is_right_to_left(char32_t c) {
  if (c < 0x590) return false;
  const auto direction = u_charDirection(code(c));
  return direction == U_RIGHT_TO_LEFT || direction == U_RIGHT_TO_LEFT_ARABIC;
}

bool is_left_to_right(char32_t c) {
  if (is_ascii(c)) return is_ascii_digit(c) || is_ascii_upper(c) || is_ascii_lower(c);
  const auto direction = u_charDirection(code(c));
  return direction == U_LEFT_TO_RIGHT || direction == U_EUROPEAN_NUMBER || direction == U_ARABIC_NUMBER;
}

bool is_unspaced(char32_t c) {
  if (c < 0x0E00) return false;
  return (c >= 0x0E00 && c <= 0x0EFF) || (c >= 0x1000 && c <= 0x109F) || (c >= 0x1780 && c <= 0x17FF) ||
         (c >= 0x2E80 && c <= 0xA4CF && c != 0x3000) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0xFE30 && c <= 0xFE4F) || (c >= 0xFF00 && c <= 0xFFEF) || (c >= 0x20000 && c <= 0x3FFFF);
}

bool is_hyphen(char32_t c) { return c == '-' || c == 0x2010 || c == 0xAD; }

bool is_bullet(char32_t c) {
  return c == 0x2022 || c == 0x25CF || c == 0x25CB || c == 0x25AA || c == 0x25A0 || c == 0x2023 ||
         c == 0x2043 || c == 0x25E6 || c == 0x2219 || c == 0x2013 || c == 0x2014 || c == 0x27A2 ||
         c == 0x2713;
}

char32_t combining_accent(char32_t c) {
  if (c < 0x5E) return 0;
  const auto found = std::find_if(std::begin(kAccents), std::end(kAccents),
                                  [&](const auto& accent) { return accent.first == c; });
  return found == std::end(kAccents) ? 0 : found->second;
}

char32_t compose(char32_t letter, char32_t mark) {
  if (letter == 0x131) letter = 'i';
  if (letter == 0x237) letter = 'j';
  if (!is_letter(letter)) return 0;
  const icu::Normalizer2* nfc = normalizer(false);
  const UChar32 whole = nfc == nullptr ? U_SENTINEL : nfc->composePair(code(letter), code(mark));
  return whole < 0 ? 0 : static_cast<char32_t>(whole);
}

char32_t without_private_use(char32_t c) {
  if (c == 0xF0B7 || c == 0xF0A7 || c == 0xF0D8 || c == 0xF076) return 0x2022;
  return c >= 0xF020 && c <= 0xF07E ? c - 0xF000 : c;
}

std::u32string lower_case(std::u32string text) {
  for (char32_t& c : text) c = is_ascii(c) ? ascii_lower(c) : static_cast<char32_t>(u_tolower(code(c)));
  return text;
}

std::string to_text(const std::u32string& text) {
  std::u32string plain;
  plain.reserve(text.size());
  bool composed = true;
  for (const char32_t c : text) {
    if (is_form(c)) {
      append_form(plain, c);
    } else {
      plain += c;
    }
    composed = composed && (c < 0x300 || !is_mark(c));
  }
  std::string out;
  out.reserve(plain.size());
  for (const char32_t c : plain)
    if (is_ascii(c))
      out += static_cast<char>(c);
    else
      utf8_append(out, c);
  if (composed) return out;
  const icu::Normalizer2* nfc = normalizer(false);
  UErrorCode error = U_ZERO_ERROR;
  if (nfc == nullptr) return out;
  const icu::UnicodeString whole = nfc->normalize(icu::UnicodeString::fromUTF8(out), error);
  if (U_FAILURE(error)) return out;
  out.clear();
  whole.toUTF8String(out);
  return out;
}

std::u32string key_of(const std::string& text) {
  std::u32string key;
  for (std::size_t at = 0, length = 0; at < text.size(); at += length) {
    const char32_t c = utf8_decode(text, at, length);
    if (is_ascii(c)) {
      if (is_letter(c) || is_digit(c)) key += ascii_lower(c);
    } else if (u_isalnum(code(c)) || is_mark(c)) {
      key += static_cast<char32_t>(u_foldCase(code(c), U_FOLD_CASE_DEFAULT));
    }
  }
  return key;
}

}  // namespace rappel::extractor::page
