// DocumentInput: a document on its way into the store, as a server request, a file or a manifest line gives
// it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "ingest/content/outline.h"
#include "store/types.h"

namespace rappel {

// The sizes of a document's chunks where they are its own (ChunkOptions).
struct ChunkSizes {
  std::size_t tokens = 0, overlap = 0;
  bool operator==(const ChunkSizes&) const = default;
};

struct DocumentInput {
  std::optional<std::string> id;  // missing or empty: derived from text and metadata (document_id.h)
  std::string text;               // UTF-8
  Metadata metadata;              // custom keys within the bounds of store/custom_metadata.h
  Outline outline = {};           // of the text; empty if its structure is not known
  std::shared_ptr<FileOrigin> origin =
      {};  // the file that it came from, where it is to be recognized again; may be null
  std::optional<ChunkSizes> chunks = {};  // nothing: as for all documents
};

}  // namespace rappel
