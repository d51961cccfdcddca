// Markdown: headings, list items, tables, code and paragraphs. Paragraphs stay source text, with their
// markup, because readers and models know it; headings and cells are without it. Front matter (YAML between
// lines of ---) becomes properties.
#pragma once

#include <string_view>

#include "extractor/readers.h"

namespace rappel::extractor {

Status read_markdown(const Source& source, ContentSink& sink);

// Without front matter. `text`: UTF-8 with "\n" as line end.
Status give_markdown(std::string_view text, ContentSink& sink);

}  // namespace rappel::extractor
