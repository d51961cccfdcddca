// JSON and JSON lines as text: one line per value, "key: value", members of members indented, escapes
// decoded. Nulls are left out. Each record (an object in the outer arrays, or a line) is a block. Damaged
// JSON is read as far as it makes sense.
#pragma once

#include "extractor/readers.h"

namespace rappel::extractor {

Status read_json(const Source& source, ContentSink& sink);
Status read_json_lines(const Source& source, ContentSink& sink);

// `text`: UTF-8. `sound`: false if it is not JSON throughout.
Status give_json(std::string_view text, ContentSink& sink, bool& sound);

}  // namespace rappel::extractor
