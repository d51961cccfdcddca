// GET /d/{id}: the text of a stored document, where the links in MCP's answers lead when the document has no
// address of its own.
#pragma once

#include "server/core_gate.h"
#include "server/http/protocol.h"

namespace rappel::mcp {

// Plain text, streamed; 404 if there is no such document. `refuse` writes refusals.
Response document_page(const Request& request, const CoreGate& gate,
                       const std::function<Response(const Refusal&)>& refuse);

}  // namespace rappel::mcp
