// The size of a document's id and metadata. Both are part of every chunk of an answer, so they are bounded
// where documents come in; documents that an older version stored stay as they are.
#pragma once

#include <cstddef>
#include <string>

#include "base/status.h"
#include "store/metadata.h"
#include "store/types.h"

namespace rappel {

struct DocumentBounds {
  std::size_t id_bytes = 1024;          // RAPPEL_MAX_ID_BYTES
  std::size_t metadata_bytes = 65'536;  // RAPPEL_MAX_METADATA_KB; see metadata_bytes()
};

// Bytes of all values, of custom keys too. Numbers and booleans count as eight.
std::size_t metadata_bytes(const Metadata& metadata);

// The memory that a document of a page takes.
std::size_t summary_bytes(const DocumentSummary& summary);

// kInvalidArgument names the document, what is too large and the setting. `id` may be empty.
Status check_bounds(const std::string& id, const Metadata& metadata, const DocumentBounds& bounds);

}  // namespace rappel
