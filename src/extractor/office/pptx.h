// PPTX: presentations of PowerPoint and others (ECMA-376, PresentationML).
#pragma once

#include "base/status.h"
#include "extractor/readers.h"

namespace rappel::extractor {

// Slides in the order of the presentation, also hidden ones: shapes by position, then speaker notes and
// comments.
Status read_pptx(const Source& source, ContentSink& sink);

}  // namespace rappel::extractor
