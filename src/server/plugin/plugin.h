// The ChatGPT retrieval plugin's contract (docs/http-api.md): /upsert, /upsert-file, /query, /list, /delete,
// /sub/.. and the manifest under /.well-known. plugin.cc has the routes on one screen; requests.h reads
// bodies, responses.h writes results, errors.h writes errors, validation.h has the wording of pydantic.
#pragma once

#include <memory>

#include "server/http/protocol.h"
#include "server/protocol_context.h"

namespace rappel {

std::unique_ptr<Protocol> plugin_protocol(const ProtocolContext& context);

}  // namespace rappel
