// Extraction: the text of a file. The one door for files: uploads and `rappel ingest` both come through here.
//
// The registry (file_format.h) says how a format is recognized and which function reads it. Errors:
// kUnsupported for a type that nothing reads; the message names the file, its type and what to do.
// kInvalidArgument if the file is not what its type promises. kCancelled. kResourceExhausted if the text and
// what the reading takes do not fit into call.memory: with the id "file-too-large" if they never will.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "ingest/extract/file_format.h"
#include "ingest/extract/file_type.h"

namespace rappel {

// ok if extract() would read a file of this type; else its kUnsupported error. `content` may be the first
// kTypeBytes of the file.
Status check_file_type(std::string_view content, const FileHint& hint, const ReadOptions& options = {});

// Warnings do not fail the file: the caller shows them to the user. Afterwards call.memory counts the text
// of the result, beyond what it counted before.
Result<ExtractedDocument> extract(std::string_view content, const FileHint& hint, const ReadCall& call = {});

}  // namespace rappel
