// Subtitles (SubRip, WebVTT): what is said, without numbers, times and markup.
#pragma once

#include "extractor/readers.h"

namespace rappel::extractor {

Status read_subtitles(const Source& source, ContentSink& sink);

}  // namespace rappel::extractor
