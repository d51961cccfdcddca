// The reader of images: their text, by OCR.
#pragma once

#include "extractor/readers.h"

namespace rappel::extractor {

// As ReadFunction, also kUnsupported: OCR is off.
Status read_image(const Source& source, ContentSink& sink);

}  // namespace rappel::extractor
