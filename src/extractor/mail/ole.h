// Compound files by what is in them: messages of Outlook are read; encrypted documents and documents of old
// Office versions are refused by name.
#pragma once

#include "base/status.h"
#include "extractor/readers.h"

namespace rappel::extractor {

// Errors as ReadFunction, and kUnsupported: nothing reads the format; the message names it.
Status read_ole(const Source& source, ContentSink& sink);

}  // namespace rappel::extractor
