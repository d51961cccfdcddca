// Plain text and Markdown: UTF-8 as it is, without a byte order mark; other encodings in rappel-extract.
// Markdown stays source text, with its outline.
#pragma once

#include <string_view>

#include "ingest/extract/file_format.h"

namespace rappel {

// Warns of NUL characters, and of a declared charset that the
// content does not have.
Result<ExtractedDocument> extract_markdown(std::string_view content, const FileHint& hint,
                                           const ReadCall& call);
Result<ExtractedDocument> extract_plain_text(std::string_view content, const FileHint& hint,
                                             const ReadCall& call);

}  // namespace rappel
