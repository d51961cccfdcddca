// RTF documents: paragraphs, headings (by outline level or the name of the style), list items, tables,
// footnotes, text boxes and comments. Hidden and deleted text, headers and footers are left out, field
// results are text.
#pragma once

#include "extractor/readers.h"

namespace rappel::extractor {

Status read_rtf(const Source& source, ContentSink& sink);

}  // namespace rappel::extractor
