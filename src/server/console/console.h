// The console: pages for a person, at `/` and below /console/. `/` is a page for a browser and JSON for a
// program, by the Accept header.
//
// The files of web/ are embedded in the program (documents/embed.cmake). They carry an ETag and are asked for
// again at each visit, so a browser never mixes files of two versions. The page needs no token; the API that
// it calls does. Its content security policy allows no script, style or connection from elsewhere, and no
// text that becomes HTML (trusted types).
#pragma once

#include <memory>

#include "server/http/protocol.h"
#include "server/protocol_context.h"

namespace rappel {

std::unique_ptr<Protocol> console_protocol(const ProtocolContext& context);

}  // namespace rappel
