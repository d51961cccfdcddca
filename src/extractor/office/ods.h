// ODS: spreadsheets of LibreOffice and others (OASIS OpenDocument).
#pragma once

#include "base/status.h"
#include "extractor/readers.h"

namespace rappel::extractor {

// Sheets in order, also hidden ones: the name as a heading, rows with values as shown, comments after their
// row, then text boxes.
Status read_ods(const Source& source, ContentSink& sink);

}  // namespace rappel::extractor
