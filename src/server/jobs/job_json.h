// Job JSON: jobs as JSON, for the files of job_folder.h and for clients.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/status.h"
#include "codec/json.h"
#include "server/jobs/job.h"

namespace rappel {

class JsonWriter;

// job.json
std::string spec_text(const JobSpec& spec);
Result<JobSpec> parse_spec(std::string_view text);

// Lines of the journal, without their line ends.
std::string result_line(const JobResult& result);
std::string end_line(JobState state, std::string_view finished_at);
struct JobEnd {
  JobState state = JobState::kCompleted;
  std::string finished_at;
};
// kInvalidArgument: the line was not written to its end.
Result<std::variant<JobResult, JobEnd>> parse_line(std::string_view line);

// For clients: the members of the object that `out` is in.
void write_view(JsonWriter& out, const JobView& view);
void write_job_result(JsonWriter& out, const JobResult& result);

}  // namespace rappel
