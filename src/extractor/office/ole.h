// OLE storage: the files of old Office versions, and the wrapping of encrypted new ones. Not read; the
// message says which of both it is.
#pragma once

#include "base/status.h"
#include "extractor/readers.h"

namespace rappel::extractor {

Status read_ole(const Source& source, ContentSink& sink);

}  // namespace rappel::extractor
