// Paragraphs of documents that are too large for a tree: the text in order, without lists, notes and tables.
#pragma once

#include <string_view>

#include "base/status.h"
#include "ingest/content/content.h"

namespace rappel::extractor {

enum class FlatFormat { kWord, kOpenDocument };

// `xml` is the part with the body. Warns that the structure is left out, and of damage.
Status give_flat_text(std::string_view xml, FlatFormat format, ContentSink& sink);

}  // namespace rappel::extractor
