// Unicode properties that the tokenizers ask for, from ICU, with tables over the basic plane where it is
// asked often.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/stop_poll.h"

namespace rappel {

// White_Space.
bool is_white_space(char32_t c);
// The characters that \w of a regular expression matches: alphabetic, marks, decimal digits, connectors, join
// controls.
bool is_word_character(char32_t c);

enum class GraphemeClass : std::uint8_t {
  kOther,
  kControl,
  kCr,
  kLf,
  kExtend,
  kZwj,
  kSpacingMark,
  kPrepend,
  kRegional,
  kL,
  kV,
  kT,
  kLv,
  kLvt,
};
// True for classes that never join the character before them when that is kOther.
inline bool starts_cluster_after_other(GraphemeClass c) {
  return c != GraphemeClass::kExtend && c != GraphemeClass::kZwj && c != GraphemeClass::kSpacingMark;
}
GraphemeClass grapheme_class(char32_t c);

// Marks (and U+113D1, which is prepended) of Unicode 16, which the reference library knows and ICU 72 does
// not.
bool is_new_grapheme_character(char32_t c);

// End of the extended grapheme cluster that starts at `at` (UAX 29, with the Indic conjuncts of
// Unicode 15.1), or where `stop` ended the search. `text` is valid UTF-8 and `at` is a cluster border below
// its size.
std::size_t grapheme_end(std::string_view text, std::size_t at, StopPoll& stop);

}  // namespace rappel
