// The table of the HTTP contracts that this server speaks.
#pragma once

#include "server/http/protocol.h"
#include "server/protocol_context.h"

namespace rappel {

// The first one writes the refusals of paths that none of them has.
Protocols make_protocols(const ProtocolContext& context);

}  // namespace rappel
