// The library: GET /v1/chunks, a document with its chunks (docs/http-api.md#chunks-of-a-document). Errors
// have the plugin's shapes (server/input/errors.h).
#pragma once

#include <memory>
#include <string_view>

#include "base/byte_budget.h"
#include "retrieve/document_chunks.h"
#include "server/http/protocol.h"
#include "server/input/validation.h"
#include "server/protocol_context.h"

namespace rappel {

std::unique_ptr<Protocol> library_protocol(const ProtocolContext& context);

// "?document_id=a&offset=3&limit=5". Valid only if `errors` stays empty.
ChunkRange read_chunk_range(std::string_view query_string, FieldErrors& errors);
// `memory`, which counts the chunks, is held until the end.
Response chunks_response(DocumentChunks document, ByteHold memory);

}  // namespace rappel
