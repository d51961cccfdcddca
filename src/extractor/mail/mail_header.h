// Headers of mails as text: folded lines, encoded words (RFC 2047) and parameters (RFC 2231).
#pragma once

#include <string>
#include <string_view>

namespace rappel::extractor {

// UTF-8 on one line.
std::string decode_header(std::string_view raw);

// "filename" of `attachment; filename*=utf-8''a%20b.txt`; "" if it is not there.
std::string header_parameter(std::string_view raw, std::string_view name);

// The value before the first parameter, lower case: "attachment".
std::string header_value(std::string_view raw);

}  // namespace rappel::extractor
