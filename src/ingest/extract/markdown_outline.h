// The outline of Markdown that stays source text: headings, lists, tables, code. Front matter has none.
#pragma once

#include <string_view>

#include "ingest/content/outline.h"

namespace rappel {

Outline markdown_outline(std::string_view text);

}  // namespace rappel
