// PUT /process: the body is a file, named by the header X-Filename (percent-encoded); the answer has its text
// and what it says of itself.
#pragma once

#include "server/core_gate.h"
#include "server/http/request.h"
#include "server/http/response.h"
#include "server/protocol_context.h"

namespace rappel {

// {"page_content":"..","metadata":{"filename":"..","media_type":"..","title":".."}}
Response process_file(const Request& request, const CoreGate& gate, const ProtocolOptions& options);

}  // namespace rappel
