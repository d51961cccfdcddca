// Classes of characters by the word rules (words.h), with a table over the basic plane.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/utf8.h"

namespace rappel {

enum class WordClass : std::uint8_t {
  kOther,  // between words
  kLower,
  kUpper,   // title case too
  kLetter,  // without case
  kDigit,
  kMark,        // belongs to the character before it
  kJoint,       // joins the parts of a compound: - _ / @ :
  kDot,         // the same, and stays within a number
  kNumberMark,  // stays within a number: the comma, Arabic separators, the fraction slash
  kQuote,       // stays between Hebrew letters: gershayim, written as a quotation mark too
  kMiddleDot,   // stays in Catalan's l·l
  kSign,        // + and #: C++, C#
  kIdeograph,   // Han, kana, Hangul, Bopomofo: cut into pairs
  kComplex,     // Thai, Lao, Khmer, Burmese ..: written without spaces, cut by dictionary
};

inline bool is_letter(WordClass c) { return c >= WordClass::kLower && c <= WordClass::kLetter; }
inline bool is_letter_or_digit(WordClass c) { return c >= WordClass::kLower && c <= WordClass::kDigit; }

class WordClasses {
 public:
  static const WordClasses& get();

  WordClass of(char32_t c) const { return static_cast<WordClass>(entry(c) & kClassBits); }
  // Default_Ignorable, except the zero width space, which ends words.
  bool is_invisible(char32_t c) const { return (entry(c) & kInvisible) != 0; }
  // Normalization may move it within a run of its kind.
  bool is_combining(char32_t c) const { return (entry(c) & kCombining) != 0; }

 private:
  static constexpr std::uint8_t kClassBits = 0x3F, kInvisible = 0x40, kCombining = 0x80;
  WordClasses();
  static std::uint8_t compute(char32_t c);
  std::uint8_t entry(char32_t c) const { return c < basic_plane_.size() ? basic_plane_[c] : compute(c); }

  std::vector<std::uint8_t> basic_plane_;
};

}  // namespace rappel
