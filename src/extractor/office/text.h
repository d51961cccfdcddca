// Text of office files, made fit for a Block.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "ingest/content/content.h"

namespace rappel::extractor {

// Takes the next block: into the sink, or into the text of a cell or note.
using Give = std::function<Status(Block)>;

// Valid UTF-8 without control characters but tabs and line ends, and without blanks at its ends.
std::string tidy(std::string text);
// For table rows: as tidy(), but tabs and blanks at the start stay.
std::string tidy_row(std::string text);
// Each run of blanks and line ends becomes one blank; those at the ends go.
std::string one_line(std::string_view text);
bool has_letter_or_digit(std::string_view text);
// `to` + '\n' + `text`, without the line end if one of them is empty.
void add_line(std::string& to, std::string_view text);
// Appends every block's text as a line.
Give into(std::string& text);

// The decimal at the start; `otherwise` if there is none or it does not fit.
int to_int(std::string_view text, int otherwise = 0);
// The whole text as a finite number; nothing if it is none.
std::optional<double> to_number(std::string_view text);
// "1", "true", "on", and "" (the attribute is absent but the element is there).
bool is_on(std::string_view value);
// A date of XML as RFC 3339: with midnight and "Z" where time and zone are missing; "" if it is none.
std::string rfc3339(std::string_view date);

}  // namespace rappel::extractor
