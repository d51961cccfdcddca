// ODP: presentations of LibreOffice and others (OASIS OpenDocument).
#pragma once

#include "base/status.h"
#include "extractor/readers.h"

namespace rappel::extractor {

// Slides in order, also hidden ones: shapes by position, then speaker notes and comments.
Status read_odp(const Source& source, ContentSink& sink);

// "2.5cm", "1in", "12pt", .. in millimetres; 0 if it is no length.
double millimetres(std::string_view length);

}  // namespace rappel::extractor
