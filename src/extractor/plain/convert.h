// Conversion between encodings: the adapter of ICU's converters.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace rappel::extractor {

struct Converted {
  std::string text;     // UTF-8
  std::size_t bad = 0;  // U+FFFD in it
};

// Nothing if no encoding has the name. Names as in files: "ISO-8859-1" and "latin1" are read as windows-1252,
// "gb2312" as GB18030 and so on, as browsers do.
std::optional<Converted> convert_to_utf8(std::string_view bytes, std::string_view encoding);

// Lower-case name of the encoding that convert_to_utf8 uses for the name.
std::string usual_encoding(std::string_view name);

}  // namespace rappel::extractor
