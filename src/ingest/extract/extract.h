// Extraction: the text of a file. The one door for files: uploads and `rappel ingest` both come through here.
//
// A registry maps a type (file_type.h) to the function that reads it. A new format is a file beside
// plain_text.h and one line in the registry. Errors: kUnsupported for a type that nothing reads; the message
// names the file, its type and what to do. kInvalidArgument if the file is not what its type promises. Pure
// functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "ingest/extract/file_type.h"

namespace rappel {

struct ExtractedDocument {
  std::string text;                   // UTF-8
  std::string media_type;             // as detected
  std::vector<std::string> warnings;  // what was left out or is doubtful, for a person
};

// ok if extract() would read a file of this type; else its kUnsupported error. `content` may be the first
// kTypeBytes of the file.
Status check_file_type(std::string_view content, const FileHint& hint);

Result<ExtractedDocument> extract(std::string_view content, const FileHint& hint);

}  // namespace rappel
