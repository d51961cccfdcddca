// EPUB: books (EPUB 2 and 3).
#pragma once

#include "base/status.h"
#include "extractor/readers.h"

namespace rappel::extractor {

// The documents of the book as chapters, in reading order. Chapters without a heading take it from the table
// of contents.
Status read_epub(const Source& source, ContentSink& sink);

}  // namespace rappel::extractor
