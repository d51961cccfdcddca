#include "server/jobs/job_folder.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/os/file.h"
#include "base/os/private_file.h"
#include "server/jobs/job_json.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSpec = "job.json";
constexpr const char* kJournal = "journal";

// Reads the lines of the journal; a line that is not whole ends it.
void read_journal(const std::string& text, StoredJob& job) {
  std::vector<bool> seen(job.spec.count());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const std::string_view line = std::string_view(text).substr(at, end - at);
    at = end == std::string::npos ? text.size() : end + 1;
    auto parsed = parse_line(line);
    if (!parsed.ok()) continue;
    if (auto* result = std::get_if<JobResult>(&*parsed)) {
      if (result->index >= seen.size() || seen[result->index]) continue;
      seen[result->index] = true;
      job.results.push_back(std::move(*result));
    } else {
      auto& ended = std::get<JobEnd>(*parsed);
      job.end = ended.state;
      job.finished_at = std::move(ended.finished_at);
    }
  }
}

}  // namespace

Status JobFolder::open() {
  RAPPEL_ASSIGN(lock_, take_private_folder(root_, "the jobs"));
  remove_unfinished_folders(root_);
  return {};
}

std::vector<StoredJob> JobFolder::load(const std::function<void(const Status&)>& report) const {
  std::vector<StoredJob> jobs;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root_, error)) {
    if (!entry.is_directory(error)) continue;
    const auto text = read_file(entry.path() / kSpec);
    auto spec = text.ok() ? parse_spec(*text) : Result<JobSpec>(text.status());
    if (spec.ok() && (*spec).id != entry.path().filename().string())
      spec = Status(Code::kCorrupt, "it names another job");
    if (!spec.ok()) {
      report(spec.status().with_context("cannot resume the job in " + entry.path().string()));
      continue;
    }
    StoredJob job;
    job.spec = std::move(*spec);
    if (const auto journal = read_file(entry.path() / kJournal); journal.ok()) read_journal(*journal, job);
    jobs.push_back(std::move(job));
  }
  std::sort(jobs.begin(), jobs.end(),
            [](const StoredJob& a, const StoredJob& b) { return a.spec.created_at < b.spec.created_at; });
  return jobs;
}

Status JobFolder::create(const JobSpec& spec, const WriteFiles& write) const {
  return make_whole_folder(root_, spec.id, [&](const fs::path& folder) -> Status {
    RAPPEL_TRY(write(folder));
    return write_private_file(folder / kSpec, spec_text(spec));
  });
}

Status JobFolder::append_lines(const std::string& id, const std::string& lines) const {
  return append_private_lines(root_ / id / kJournal, lines, /*sync=*/false);
}

Status JobFolder::append(const std::string& id, std::span<const JobResult> results) const {
  std::string lines;
  for (const JobResult& result : results) lines += result_line(result) + "\n";
  return append_lines(id, lines);
}

Status JobFolder::end(const std::string& id, JobState state, const std::string& finished_at) const {
  return append_lines(id, end_line(state, finished_at) + "\n");
}

void JobFolder::drop_file(const std::string& id, std::size_t index) const {
  std::error_code ignored;
  fs::remove(file(id, index), ignored);
}

void JobFolder::drop_input(const JobSpec& spec) const {
  std::error_code ignored;
  fs::remove(documents(spec.id), ignored);
  for (std::size_t i = 0; i < spec.files.size(); ++i) drop_file(spec.id, i);
}

void JobFolder::remove(const std::string& id) const { remove_whole_folder(root_, id); }

}  // namespace rappel
