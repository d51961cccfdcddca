// Encodings: the text of bytes in any encoding.
//
// Rules decide first: a byte order mark, NUL bytes at every second or fourth place, UTF-8 that is valid from
// the first byte to the last, the escapes of ISO-2022, EBCDIC. Then the declared charset counts, then a
// statistical guess. Bytes that are none of the encoding become U+FFFD.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "ingest/content/content.h"

namespace rappel::extractor {

struct DecodedText {
  std::string text;             // UTF-8 without byte order mark and NUL; line ends are "\n"
  std::string encoding;         // "utf-8", "windows-1252", .. lower case
  std::size_t bad = 0;          // characters that could not be decoded
  std::size_t nul = 0;          // NUL characters, left out
  bool declared_wrong = false;  // the declared charset does not fit the bytes
};

// `declared`: by the sender or in the file; may be empty or unknown.
DecodedText decode_text(std::string_view bytes, std::string_view declared = {});

// The same, and the sink gets the encoding and the warnings. Only the first kMostTextBytes are
// read: more text is not taken of one file. kInvalidArgument if the bytes are no text at all.
inline constexpr std::size_t kMostTextBytes = std::size_t{128} << 20;
Status decode_text(std::string_view bytes, std::string_view declared, ContentSink& sink, std::string& text);

// "\r\n" and "\r" become "\n"; NUL characters are left out and counted.
std::string normal_line_ends(std::string_view text, std::size_t& nul);

}  // namespace rappel::extractor
