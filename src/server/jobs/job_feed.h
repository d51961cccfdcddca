// Job feed: the progress of a job as server-sent events (HTML standard, 9.2).
//
//   id: 3
//   event: result        a file or document: the members of "results" of GET /jobs/{id}
//   event: progress      the job as GET /jobs/{id} shows it, after its state or counts have changed
//   event: end           the same, when it has ended; nothing comes after it
//
// `id` is the number of results so far; a client that comes again with Last-Event-ID gets those after it.
#pragma once

#include <cstddef>
#include <string>

#include "server/http/response.h"
#include "server/jobs/job_table.h"

namespace rappel {

// `seen`: results that the client has. `table` must outlive the response.
Response job_feed(const JobTable& table, std::string id, std::size_t seen);

}  // namespace rappel
