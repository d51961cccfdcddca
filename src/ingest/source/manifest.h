// Manifests: JSON lines of documents. Each line holds the text of a document or names its file.
//
// Members: id, text or file, and metadata: the fields of store/fields.h and custom keys, as further members
// or in an object `metadata`. A line without an id is a document without an id (document.h), except that a
// file gets the id of its place. `file` must lie at or below the folder of the manifest, links resolved: a
// manifest may come from someone else.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"
#include "codec/json.h"
#include "ingest/document.h"

namespace rappel {

struct ManifestDocument {
  DocumentInput document;
  std::optional<std::filesystem::path> file;  // the file that it names, links resolved
  std::vector<std::string> warnings;          // of extraction
  // Versions before 0.2 gave a line without an id this one, from the text alone. Empty: the line has an id.
  std::string former_id;
};

// One line, parsed. kInvalidArgument names the wrong member; errors of reading the file as they are.
Result<ManifestDocument> manifest_document(const std::filesystem::path& manifest, const Json& line,
                                           std::size_t max_bytes, const std::stop_token& cancel = {});

// The metadata of a line. Null members stay unset, numbers become text where a field is text.
// kInvalidArgument names the member: wrong type, unknown source, unreadable date, a value that cannot be
// stored.
Result<Metadata> read_line_metadata(const Json& line);

}  // namespace rappel
