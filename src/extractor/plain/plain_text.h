// Plain text in any encoding: its paragraphs.
#pragma once

#include "extractor/readers.h"

namespace rappel::extractor {

Status read_plain_text(const Source& source, ContentSink& sink);

}  // namespace rappel::extractor
