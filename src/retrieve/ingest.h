// Ingest: documents into the store. Text -> chunks -> vectors -> one upsert of the store.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/status.h"
#include "ingest/chunk/chunker.h"
#include "ingest/document.h"
#include "store/document_store.h"

namespace rappel {

class Embedder;

// Chunk options whose chunks (at most 1.1 * tokens) the embedder reads whole. Else the end of a chunk would
// be stored and never found.
ChunkOptions fit_chunks(ChunkOptions options, const Embedder& embedder);

// The memory that an upsert of these documents takes besides their texts, whose memory the caller counts, and
// a bounded rest. Small documents in great number take much more than their text.
std::size_t memory_besides_text(std::span<const DocumentInput> documents);

struct UpsertOptions {
  ChunkOptions chunk = {};
  bool token_vectors = false;  // also stores a vector for each token; the model must give them
};

// Embeds everything, with the weights of the tokens if the model gives them, then replaces the documents with
// one call of the store: a failed embedding costs no document. Returns the ids of the documents that are
// stored now, in request order, each once; of equal ids the last document stands. A document whose text is
// empty or too short (ChunkOptions) is not stored and not returned; a stored version of it is removed.
Result<std::vector<std::string>> upsert_documents(DocumentStore& store, Embedder& embedder,
                                                  const UpsertOptions& options,
                                                  std::vector<DocumentInput> documents,
                                                  const CallContext& call);

}  // namespace rappel
