// Manifests: JSON lines of documents. Each line holds the text of a document or names its file.
//
// Members: id, text or file, source, source_id, url, created_at, author; others are ignored. A line without
// an id gets one that is derived from its text or from the place of its file, so that the same line again
// replaces its document. `file` must lie at or below the folder of the manifest, links resolved: a manifest
// may come from someone else.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "base/status.h"
#include "codec/json.h"
#include "ingest/document.h"

namespace rappel {

struct ManifestDocument {
  DocumentInput document;                     // its id is set
  std::optional<std::filesystem::path> file;  // the file that it names, links resolved
};

// One line, parsed. kInvalidArgument names the wrong member; errors of reading the file as they are.
Result<ManifestDocument> manifest_document(const std::filesystem::path& manifest, const Json& line,
                                           std::size_t max_bytes);

// source, source_id, url, created_at and author of an object. Missing and null members stay unset, numbers
// become text. kInvalidArgument names the member: wrong type, unknown source, unreadable date.
Result<Metadata> read_metadata(const Json& object);

}  // namespace rappel
