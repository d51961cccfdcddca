#include "server/jobs/job_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/os/file.h"
#include "base/os/scratch_file.h"
#include "server/jobs/job_json.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSpec = "job.json";
constexpr const char* kJournal = "journal";
constexpr const char* kUnfinished = ".new-";
constexpr std::size_t kWriteStep = std::size_t{1} << 20;

Status cannot(const char* what, const fs::path& path, int error) {
  if (error == ENOSPC || error == EDQUOT) return disk_is_full(path, std::strerror(error));
  return Status(Code::kUnavailable, std::string("cannot ") + what + " " + path.string() + ": " +
                                        std::strerror(error) +
                                        "; look at the disk and the rights of the folder");
}

Status write_all(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return cannot("write", path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

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

Status write_private_file(const fs::path& path, std::string_view bytes,
                          const std::function<void(std::string_view)>& passed) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() < 0) return cannot("make", path, errno);
  for (std::size_t at = 0; at < bytes.size(); at += kWriteStep) {
    const std::string_view step = bytes.substr(at, kWriteStep);
    RAPPEL_TRY(write_all(fd.get(), step, path));
    if (passed) passed(step);
  }
  return ::fsync(fd.get()) == 0 ? Status() : cannot("write", path, errno);
}

Status JobFolder::open() {
  std::error_code error;
  RAPPEL_TRY(make_private_folder(root_));
  const fs::path lock = root_ / "lock";
  Fd fd(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() < 0) return cannot("open", lock, errno);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
    return Status(Code::kFailedPrecondition, "another server works on the jobs in " + root_.string() +
                                                 "; stop it, or give it a folder of its own");
  lock_ = std::move(fd);
  for (const auto& entry : fs::directory_iterator(root_, error))
    if (entry.path().filename().string().starts_with(kUnfinished)) fs::remove_all(entry.path(), error);
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
  const fs::path unfinished = root_ / (kUnfinished + spec.id);
  const auto make = [&]() -> Status {
    RAPPEL_TRY(make_private_folder(unfinished));
    RAPPEL_TRY(write(unfinished));
    RAPPEL_TRY(write_private_file(unfinished / kSpec, spec_text(spec)));
    RAPPEL_TRY(sync_folder(unfinished));
    if (::rename(unfinished.c_str(), (root_ / spec.id).c_str()) != 0)
      return cannot("rename", unfinished, errno);
    return sync_folder(root_);
  };
  Status status = make();
  std::error_code ignored;
  if (!status.ok()) fs::remove_all(unfinished, ignored);
  return status;
}

Status JobFolder::append_lines(const std::string& id, const std::string& lines) const {
  const fs::path path = root_ / id / kJournal;
  const Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() < 0) return cannot("open", path, errno);
  // A line that a crash has cut must not swallow the next one.
  char last = '\n';
  if (const off_t size = ::lseek(fd.get(), 0, SEEK_END);
      size > 0 && ::pread(fd.get(), &last, 1, size - 1) != 1)
    return cannot("read", path, errno);
  return write_all(fd.get(), last == '\n' ? lines : "\n" + lines, path);
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

void JobFolder::remove(const std::string& id) const {
  std::error_code ignored;
  const fs::path going = root_ / (kUnfinished + id);  // half of it is no job
  fs::rename(root_ / id, going, ignored);
  fs::remove_all(going, ignored);
}

}  // namespace rappel
