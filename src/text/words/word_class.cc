#include "text/words/word_class.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

namespace rappel {
namespace {

using C = WordClass;
constexpr char32_t kZeroWidthSpace = 0x200B;

// The planes of ideographs, also those that this version of ICU does not know yet.
bool is_ideographic_plane(char32_t c) { return c >= 0x20000 && c < 0x3FFFE; }

bool is_ideograph(char32_t c) {
  const auto icu = static_cast<UChar32>(c);
  if (is_ideographic_plane(c) || c == 0x30FC || u_hasBinaryProperty(icu, UCHAR_IDEOGRAPHIC)) return true;
  if (!u_isUAlphabetic(icu)) return false;
  UErrorCode error = U_ZERO_ERROR;
  switch (uscript_getScript(icu, &error)) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_HANGUL:
    case USCRIPT_BOPOMOFO: return true;
    default: return false;
  }
}

// Characters whose class does not follow from their properties.
C special_class(char32_t c) {
  switch (c) {
    case '-':
    case '_':
    case '/':
    case '@':
    case ':':
    case 0x2010: return C::kJoint;  // the hyphen; the one that does not break is normalized to it
    case '.': return C::kDot;
    case ',':
    case 0x066B:
    case 0x066C:
    case 0x2044: return C::kNumberMark;
    case '"':
    case 0x05F4: return C::kQuote;
    case 0x00B7: return C::kMiddleDot;
    case '+':
    case '#': return C::kSign;
    default: return C::kOther;
  }
}

// Letters by their properties, but written as an apostrophe is.
bool is_apostrophe_letter(char32_t c) { return c >= 0x02BB && c <= 0x02BD; }

C class_of(char32_t c) {
  if (const C special = special_class(c); special != C::kOther) return special;
  if (is_apostrophe_letter(c)) return C::kOther;
  const auto icu = static_cast<UChar32>(c);
  const std::uint32_t category = U_GET_GC_MASK(icu);
  const bool mark = (category & U_GC_M_MASK) != 0;
  if (u_getIntPropertyValue(icu, UCHAR_LINE_BREAK) == U_LB_COMPLEX_CONTEXT && (mark || u_isUAlphabetic(icu)))
    return C::kComplex;
  if (mark) return C::kMark;
  if (category & U_GC_ND_MASK) return C::kDigit;
  if (is_ideograph(c)) return C::kIdeograph;
  if (category & (U_GC_LU_MASK | U_GC_LT_MASK)) return C::kUpper;
  if (category & U_GC_LL_MASK) return C::kLower;
  return (category & U_GC_L_MASK) || u_isUAlphabetic(icu) ? C::kLetter : C::kOther;
}

}  // namespace

WordClasses::WordClasses() {
  std::vector<std::uint8_t> table(0x10000);
  for (char32_t c = 0; c < table.size(); ++c) table[c] = compute(c);
  basic_plane_ = std::move(table);
}

const WordClasses& WordClasses::get() {
  static const WordClasses classes;
  return classes;
}

std::uint8_t WordClasses::compute(char32_t c) {
  const auto icu = static_cast<UChar32>(c);
  auto entry = static_cast<std::uint8_t>(class_of(c));
  if (c != kZeroWidthSpace && u_hasBinaryProperty(icu, UCHAR_DEFAULT_IGNORABLE_CODE_POINT))
    entry |= kInvisible;
  if (u_getCombiningClass(icu) != 0) entry |= kCombining;
  return entry;
}

}  // namespace rappel
