// reStructuredText: headings (lines with a line of signs under them); the rest as it is.
#pragma once

#include "extractor/readers.h"

namespace rappel::extractor {

Status read_restructured_text(const Source& source, ContentSink& sink);

}  // namespace rappel::extractor
