// Jobs: files and documents that are stored while no client waits (docs/http-api.md, Jobs):
// POST /jobs/ingest, GET /jobs, GET and DELETE /jobs/{id}, GET /jobs/{id}/events.
//
// job_input.h reads a request, job_folder.h keeps it on disk, job_table.h says what comes next,
// job_workers.h does it, job_feed.h tells of it.
#pragma once

#include <memory>

#include "server/http/protocol.h"
#include "server/protocol_context.h"

namespace rappel {

std::unique_ptr<Protocol> jobs_protocol(const ProtocolContext& context);

}  // namespace rappel
