// Child reader: reads files of the formats whose parsers this program does not contain, in the program
// rappel-extract. A file that crashes, loops or takes too much costs that process alone.
//
// At most one child runs per CPU; further calls wait. A file that has killed two children is refused by its
// hash from then on, until this process ends.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/status.h"
#include "ingest/content/collected.h"
#include "ingest/extract/file_format.h"

namespace rappel {

struct ReadContent {
  CollectedContent content;
  // Why the content is not complete; nothing: it is.
  std::optional<std::string> incomplete;
};

// Errors: kInvalidArgument (the file; nothing of it could be read), kFailedPrecondition (rappel-extract is
// missing or cannot be started), kCancelled.
Result<ReadContent> read_in_child(std::string_view bytes, const FileHint& hint, const std::string& password,
                                  const std::stop_token& cancel);

// An ExtractFunction by read_in_child(). Files inside the file are read too, their text follows.
Result<ExtractedDocument> extract_in_child(std::string_view content, const FileHint& hint,
                                           const std::stop_token& cancel);

// RAPPEL_EXTRACT, or rappel-extract beside the running program.
std::filesystem::path extract_program();

}  // namespace rappel
