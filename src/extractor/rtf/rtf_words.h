// Tables of RTF: the encodings of fonts, words that stand for characters, and groups that hold no text.
#pragma once

#include <string>
#include <string_view>

namespace rappel::extractor {

// The encoding that \fcharset names; "" for the document's own.
std::string rtf_charset(long charset);
// The encoding that \ansicpg and \cpg name.
std::string rtf_codepage(long codepage);

// UTF-8; "" if the word stands for no character.
std::string_view rtf_character(std::string_view word);

enum class RtfGroup {
  kNone,  // no destination
  kSkip,
  kFonts,
  kStyles,
  kInfo,
  kNote,   // foot- and endnotes, comments
  kBox,    // text of a drawing
  kEnter,  // may be marked with \*, but its text counts
};

RtfGroup rtf_group(std::string_view word);

}  // namespace rappel::extractor
