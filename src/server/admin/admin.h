// Management over HTTP, for administrators without a filter or a limit to collections: the named tokens
// (/v1/tokens) and the settings in force (/v1/settings).
#pragma once

#include <memory>

#include "server/http/protocol.h"
#include "server/protocol_context.h"

namespace rappel {

std::unique_ptr<Protocol> admin_protocol(const ProtocolContext& context);

}  // namespace rappel
