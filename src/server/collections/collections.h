// Collections over HTTP: GET and POST /v1/collections, GET and DELETE /v1/collections/{name}
// (docs/http-api.md). Other routes work with a collection by "/c/NAME" before their path, or X-Collection.
// Errors have the plugin's shapes (server/input/errors.h).
#pragma once

#include <memory>

#include "server/http/protocol.h"
#include "server/protocol_context.h"

namespace rappel {

std::unique_ptr<Protocol> collections_protocol(const ProtocolContext& context);

}  // namespace rappel
