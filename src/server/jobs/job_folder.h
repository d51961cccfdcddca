// JobFolder: the jobs of a server on disk. They survive a restart and kill -9.
//
//   ID/job.json         the JobSpec; the folder has it from its first moment on
//   ID/0, ID/1, ..      the files of a job of files, each until its result is in the journal
//   ID/documents.json   the body of a job of documents, until the job ends
//   ID/journal          a JSON object per line: a result, or the end of the job
//   .new-ID/            a job that is being written; removed by the next open()
//   lock                locked by the server that works on the jobs
//
// Files have mode 0600, folders 0700. A result that is not in the journal (power was lost) is worked out
// again; its document replaces itself. Methods for different jobs may be called at the same time.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/os/fd.h"
#include "base/status.h"
#include "server/jobs/job.h"

namespace rappel {

struct StoredJob {
  JobSpec spec;
  std::vector<JobResult> results;  // in the order in which they were worked out, one for each index at most
  std::optional<JobState> end;
  std::string finished_at;
};

class JobFolder {
 public:
  explicit JobFolder(std::filesystem::path root) : root_(std::move(root)) {}

  // Makes the folder, locks it, and removes what is not whole. kFailedPrecondition: another process has it.
  Status open();
  // The jobs in the folder; one that cannot be read is left where it is and named to `report`.
  std::vector<StoredJob> load(const std::function<void(const Status&)>& report) const;

  // Writes the spec, and what `write` puts into the folder that it gets. All or nothing, on disk.
  using WriteFiles = std::function<Status(const std::filesystem::path& folder)>;
  Status create(const JobSpec& spec, const WriteFiles& write) const;
  Status append(const std::string& id, std::span<const JobResult> results) const;
  Status end(const std::string& id, JobState state, const std::string& finished_at) const;
  void drop_file(const std::string& id, std::size_t index) const;
  void drop_input(const JobSpec& spec) const;  // all files of the client
  void remove(const std::string& id) const;

  std::filesystem::path file(const std::string& id, std::size_t index) const {
    return root_ / id / std::to_string(index);
  }
  std::filesystem::path documents(const std::string& id) const { return root_ / id / kDocuments; }
  const std::filesystem::path& root() const { return root_; }

  static constexpr const char* kDocuments = "documents.json";

 private:
  Status append_lines(const std::string& id, const std::string& lines) const;

  const std::filesystem::path root_;
  Fd lock_{-1};
};

}  // namespace rappel
