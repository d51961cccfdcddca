// DOCX: documents of Word and others (ECMA-376, WordprocessingML).
#pragma once

#include "base/status.h"
#include "extractor/readers.h"

namespace rappel::extractor {

// The body in order, comments after the paragraph or row that they belong to; then footnotes, endnotes,
// headers and footers once; embedded files as attachments.
Status read_docx(const Source& source, ContentSink& sink);

}  // namespace rappel::extractor
