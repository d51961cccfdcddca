// The files of POST /upsert-file, through an ingest run while the client waits.
#pragma once

#include <vector>

#include "server/core_gate.h"
#include "server/http/request.h"
#include "server/http/response.h"
#include "server/input/ingest_options.h"
#include "server/input/upload.h"
#include "server/protocol_context.h"

namespace rappel {

// One file: {"ids":[..]}, or the refusal that says why it is not stored. Several: each on its own, so that
// one that cannot be read costs no other; {"ids":[..],"files":[..]} with 200, or 207 if a file failed. A
// server that can store nothing is a refusal in both cases.
Response upload_files(const Request& request, const std::vector<FormFile>& files, const CoreGate& gate,
                      const IngestOptions& asked, const ProtocolOptions& options);

}  // namespace rappel
