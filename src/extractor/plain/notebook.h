// Jupyter notebooks: their Markdown, code, and the text that the code has put out. No images.
#pragma once

#include "extractor/readers.h"

namespace rappel::extractor {

Status read_notebook(const Source& source, ContentSink& sink);

}  // namespace rappel::extractor
