// Child reader: reads files of the formats whose parsers this program does not contain, and the files in
// them, in processes of their own (reader_program.h).
//
// At most one file per two CPUs is read at a time, and at most eight; further calls wait. A file that has
// killed two children is refused by its hash from then on, until this process ends.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "base/status.h"
#include "ingest/content/collected.h"
#include "ingest/content/outlined_text.h"
#include "ingest/extract/file_format.h"

namespace rappel {

struct ReadFile {
  // The structure of the file, without blocks and the bytes of attachments; with warnings about the files in
  // it.
  CollectedContent content;
  OutlinedText text;  // of the file and the files in it, at most three deep
};

// A damaged file is returned as far as it can be read, with a warning. Errors: kInvalidArgument (nothing of
// it can be read), kUnsupported (its type), kFailedPrecondition (rappel-extract is missing or cannot be
// started), kCancelled, kResourceExhausted (is_lack_of_memory(); call.memory counts content and text, and the
// text of the result afterwards).
Result<ReadFile> read_in_child(std::string_view bytes, const FileHint& hint, const ReadCall& call);

// The file alone: without the text of the files in it, which are not read and whose bytes are in the content.
// Errors as read_in_child().
Result<ReadFile> read_alone_in_child(std::string_view bytes, const FileHint& hint, const ReadCall& call);

// Takes everything but the attachments.
ExtractedDocument take_document(ReadFile& file);

// The text of a file by read_in_child(). Errors as extract().
Result<ExtractedDocument> extract_in_child(std::string_view content, const FileHint& hint,
                                           const ReadCall& call);

}  // namespace rappel
