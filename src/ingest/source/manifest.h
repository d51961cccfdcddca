// Manifests: JSON lines of documents. Each line holds the text of a document or names its file.
//
// Members: id, text or file, and metadata: the fields of store/fields.h and custom keys, as further members
// or in an object `metadata`. A line without an id gets one that is derived from its text or from the place
// of its file, so that the same line again replaces its document. `file` must lie at or below the folder of
// the manifest, links resolved: a manifest may come from someone else.
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

// The metadata of a line. Null members stay unset, numbers become text where a field is text.
// kInvalidArgument names the member: wrong type, unknown source, unreadable date, a value that cannot be
// stored.
Result<Metadata> read_line_metadata(const Json& line);

}  // namespace rappel
