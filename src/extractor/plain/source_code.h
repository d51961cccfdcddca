// Source code, configuration and LaTeX: the text as it is. Lines at the left margin that declare a function,
// a type or a section are headings, as written.
#pragma once

#include "extractor/readers.h"

namespace rappel::extractor {

// The language follows from the extension of the name.
Status read_source_code(const Source& source, ContentSink& sink);

}  // namespace rappel::extractor
