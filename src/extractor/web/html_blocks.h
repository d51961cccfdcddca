// The blocks of parts of an HTML tree.
#pragma once

#include "extractor/web/html_tree.h"
#include "extractor/web/main_text.h"
#include "ingest/content/content.h"

namespace rappel::extractor {

Status give_html_blocks(const HtmlNodes& nodes, const MainText& main, ContentSink& sink);

// The text of the element on one line.
std::string html_text(const HtmlNodes& nodes, std::uint32_t element);

}  // namespace rappel::extractor
