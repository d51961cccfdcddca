// The console: pages for a person, at `/` and below /console/. `/` is a page for a browser and JSON for a
// program, by the Accept header.
//
// The files of web/ are embedded in the program (documents/embed.cmake), also as gzip. The page names them
// below /console/BUILD/, where BUILD stands for their bytes: a browser keeps them, and never mixes files of
// two versions. Below /console/ they carry an ETag and are asked for again at each visit. The page needs no
// token; the API that it calls does. Its content security policy allows no script, style or connection from
// elsewhere, and no text that becomes HTML (trusted types).
#pragma once

#include <memory>

#include "server/http/protocol.h"
#include "server/protocol_context.h"

namespace rappel {

std::unique_ptr<Protocol> console_protocol(const ProtocolContext& context);

}  // namespace rappel
