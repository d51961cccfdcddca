// The chunks of a stored document, in their order, some at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "retrieve/types.h"
#include "store/document_store.h"

namespace rappel {

struct ChunkRange {
  std::string document_id;
  std::size_t offset = 0;
  std::size_t limit = 0;
};

struct DocumentChunks {
  DocumentSummary document;
  std::vector<Chunk> chunks;  // from `offset` on; fewer than `limit` at the end
};

// Nothing if there is no such document. kCancelled between two chunks, kResourceExhausted beyond
// `context.memory`, kUnavailable if the document changes meanwhile, kUnsupported by a store without neighbors
// (StoreInfo), errors of the store.
Result<std::optional<DocumentChunks>> read_chunks(DocumentStore& store, const ChunkRange& range,
                                                  const RequestContext& context);

}  // namespace rappel
