// ODT: text documents of LibreOffice and others (OASIS OpenDocument).
#pragma once

#include "base/status.h"
#include "extractor/readers.h"

namespace rappel::extractor {

// The body in order with comments after their paragraph; then foot- and endnotes, headers and footers once.
Status read_odt(const Source& source, ContentSink& sink);

}  // namespace rappel::extractor
