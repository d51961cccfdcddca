// Properties of characters that the layout asks for, from ICU.
#pragma once

#include <string>

namespace rappel::extractor::page {

bool is_blank(char32_t c);    // white space and line ends
bool is_visible(char32_t c);  // no control, no noncharacter, no zero-width sign that carries no text
bool is_mark(char32_t c);     // drawn over its neighbour
bool is_letter(char32_t c);
bool is_lower(char32_t c);
bool is_digit(char32_t c);
bool is_right_to_left(char32_t c);
bool is_left_to_right(char32_t c);  // letters and digits
bool is_unspaced(char32_t c);       // of scripts that write no blanks between words
bool is_hyphen(char32_t c);
bool is_bullet(char32_t c);

// The combining form of an accent that is a character of its own (´ ` ¨ ..); 0 if it is none.
char32_t combining_accent(char32_t c);
// One character for letter and mark, where the letter may be dotless; 0 if there is none.
char32_t compose(char32_t letter, char32_t mark);

// Bullets of symbol fonts as what they look like; others as they are.
char32_t without_private_use(char32_t c);
std::u32string lower_case(std::u32string text);

// UTF-8, with ligatures and presentation forms as the letters they stand for, composed.
std::string to_text(const std::u32string& text);

// Letters and digits alone, case folded: for comparing headings.
std::u32string key_of(const std::string& text);

}  // namespace rappel::extractor::page
