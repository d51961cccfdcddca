// Responses: render the results of the core as JSON (docs/http-api.md, Schemas). The contract includes the
// key order, null members and the compact form.
#pragma once

#include <string>
#include <vector>

#include "base/byte_budget.h"
#include "retrieve/retrieval.h"
#include "server/http/response.h"

namespace rappel {

Response delete_response(bool success);

// These may be large: sent in pieces then, and `memory`, which counts the results, is held until the end.
Response upsert_response(std::vector<std::string> ids, ByteHold memory);
// `source_id`: each result repeats it after its members, or the document's id if it has none.
Response query_response(std::vector<QueryOutput> outputs, ByteHold memory, bool source_id = false);
Response list_response(DocumentPage page, ByteHold memory);

}  // namespace rappel
