// Plain text and Markdown: UTF-8 as it is, without a byte order mark. Markdown stays source text.
#pragma once

#include <string_view>

#include "ingest/extract/extract.h"

namespace rappel {

// kInvalidArgument if the content is not UTF-8.
Result<ExtractedDocument> extract_plain_text(std::string_view content, const FileHint& hint);

}  // namespace rappel
