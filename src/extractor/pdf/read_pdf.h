// The reader of PDF files: PDFium gives the characters, the layout here their order.
#pragma once

#include "extractor/readers.h"

namespace rappel::extractor {

// As ReadFunction, also kUnsupported: PDFium is not installed. load_pdfium() (pdfium.h) comes first where the
// process has no file system.
Status read_pdf(const Source& source, ContentSink& sink);

}  // namespace rappel::extractor
