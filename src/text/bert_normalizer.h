// BertNormalizer: clean-up, spaces around Chinese characters, accents off, lower case, as one pass.
//
// The reference library's character tables are older than ICU's: its general categories are those of
// Unicode 8.0 with four characters filed differently. The functions below answer as it does for every code
// point.
#pragma once

#include <memory>

#include "text/normalizer.h"

namespace rappel {

Result<std::unique_ptr<const Normalizer>> bert_normalizer_from_json(const Json& config);

// Punctuation that BertPreTokenizer makes a word of its own.
bool is_bert_punctuation(char32_t c);
// Control, format and private-use characters, which clean_text drops (not tab, line feed and carriage
// return).
bool is_bert_control(char32_t c);
// The blocks that handle_chinese_chars puts spaces around (U+2B820 .. U+2B91F is left out by the reference).
bool is_bert_chinese(char32_t c);
// Non-spacing marks, which strip_accents drops.
bool is_bert_mark(char32_t c);
// Lower case of one character, without context: no final sigma; U+0130 gives two characters.
void append_bert_lower(std::u32string& out, char32_t c);

}  // namespace rappel
