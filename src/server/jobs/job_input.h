// Job input: the body of POST /jobs/ingest as a job: a form with files, or the JSON of an upsert.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <variant>

#include "server/http/request.h"
#include "server/http/response.h"
#include "server/jobs/job.h"
#include "server/jobs/job_folder.h"

namespace rappel {

struct JobBounds {
  std::size_t files = 10'000;
  std::size_t documents = 100'000;
  std::size_t json_bytes = std::size_t{64} << 20;
};

struct JobInput {
  JobSpec spec;  // without key and fingerprint
  // These refer to the body of the request.
  std::function<std::string()> fingerprint;
  JobFolder::WriteFiles write;
};

// Or the response that says what is wrong.
std::variant<JobInput, Response> read_job_input(const Request& request, const JobBounds& bounds);

}  // namespace rappel
