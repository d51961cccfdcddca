// Dify's external knowledge: POST /retrieval (docs/http-api.md, Dify). Errors are
// {"error_code":int,"error_msg":text}, with the status that Dify expects.
#pragma once

#include <memory>

#include "server/http/protocol.h"
#include "server/protocol_context.h"

namespace rappel {

std::unique_ptr<Protocol> dify_protocol(const ProtocolContext& context);

}  // namespace rappel
