// XLSX: workbooks of Excel and others (ECMA-376, SpreadsheetML).
#pragma once

#include "base/status.h"
#include "extractor/readers.h"

namespace rappel::extractor {

// Sheets in the order of the workbook, also hidden ones: the name as a heading, rows with values as shown,
// comments after their row, then text boxes, charts, header and footer.
Status read_xlsx(const Source& source, ContentSink& sink);

}  // namespace rappel::extractor
