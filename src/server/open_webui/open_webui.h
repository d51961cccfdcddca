// The external document loader of Open WebUI (docs/http-api.md, Open WebUI): the text of a file, of which
// nothing is stored.
#pragma once

#include <memory>

#include "server/http/protocol.h"
#include "server/protocol_context.h"

namespace rappel {

std::unique_ptr<Protocol> open_webui_protocol(const ProtocolContext& context);

}  // namespace rappel
