#include "hub/blob.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <thread>
#include <vector>

#include "base/os/file.h"
#include "codec/sha1.h"
#include "codec/sha256.h"
#include "hub/names.h"

namespace rappel::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kLockPoll{100};
constexpr std::size_t kHashBuffer = 1 << 20;
constexpr std::uint64_t kMaxUnknownSize = 1'000'000'000;  // of a file whose size the server does not say
constexpr int kCorruptAttempts = 2;

Status os_error(const std::string& what, const fs::path& path) {
  const int error = errno;
  const Code code = error == ENOSPC || error == EDQUOT ? Code::kResourceExhausted : Code::kUnavailable;
  return Status(
      code, "cannot " + what + " " + path.string() + ": " + std::strerror(error) +
                (code == Code::kResourceExhausted ? "; free some space and pull again: the download continues"
                                                  : ""));
}

Status cancelled() {
  return Status(Code::kCancelled, "cancelled; what was received is kept for the next pull");
}

std::uint64_t size_of(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  return error ? 0 : size;
}

// There, and of the right size where that is known.
bool is_complete(const fs::path& path, const RemoteFile& file) {
  std::error_code error;
  return fs::is_regular_file(path, error) && (!file.bytes || size_of(path) == *file.bytes);
}

// A link to another blob is another file, even of the same size.
bool is_linked(const RepositoryCache& cache, const std::string& commit, const RemoteFile& file) {
  const fs::path pointer = cache.snapshot(commit) / file.name;
  std::error_code error;
  if (!is_complete(pointer, file)) return false;
  return !fs::is_symlink(pointer, error) || fs::read_symlink(pointer, error).filename() == file.etag;
}

// "bytes 5-7/8"; false when it is not of that form. total -1 when it is '*'.
bool parse_content_range(const std::string& text, unsigned long long& begin, long long& total) {
  unsigned long long end = 0;
  int used = 0;
  if (std::sscanf(text.c_str(), "bytes %20llu-%20llu/%n", &begin, &end, &used) != 2 || used == 0)
    return false;
  const std::string rest = text.substr(static_cast<std::size_t>(used));
  total = -1;
  if (rest == "*") return true;
  return rest.size() < 19 && std::sscanf(rest.c_str(), "%lld", &total) == 1;
}

// Writes the content to its place in the file, from `offset` on.
class BlobSink : public HttpSink {
 public:
  BlobSink(int fd, std::uint64_t offset, const RemoteFile& file, ProgressMeter& meter)
      : fd_(fd), offset_(offset), file_(file), meter_(meter) {}

  std::uint64_t offset() const { return offset_; }

  Status begin(const HttpResponse& response) override {
    if (response.status == 206) {
      unsigned long long begin = 0;
      long long total = -1;
      const std::string range(response.header("content-range"));
      if (!parse_content_range(range, begin, total) || begin != offset_ ||
          (total >= 0 && file_.bytes && static_cast<std::uint64_t>(total) != *file_.bytes))
        return Status(Code::kCorrupt,
                      file_.name + ": the server answers with another part than the one asked for");
      return {};
    }
    if (response.status != 200)
      return Status(Code::kCorrupt, file_.name + ": the server answers " + std::to_string(response.status) +
                                        " where content was expected");
    if (offset_ == 0) return {};
    meter_.dropped(offset_, file_.name);  // a server that ignores ranges sends everything again
    offset_ = 0;
    if (::ftruncate(fd_, 0) != 0) return os_error("write", file_.name);
    return {};
  }

  Status write(std::string_view bytes) override {
    const std::uint64_t limit = file_.bytes.value_or(kMaxUnknownSize);
    if (bytes.size() > limit - offset_)
      return Status(Code::kCorrupt, file_.name + ": the server sends more than the " + std::to_string(limit) +
                                        " bytes that were announced");
    while (!bytes.empty()) {
      const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset_));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return os_error("write", file_.name);
      offset_ += static_cast<std::uint64_t>(n);
      meter_.received(static_cast<std::uint64_t>(n), file_.name);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
  }

 private:
  int fd_;
  std::uint64_t offset_;
  const RemoteFile& file_;
  ProgressMeter& meter_;
};

}  // namespace

Result<FileLock> FileLock::take(const fs::path& path, const std::stop_token& cancel,
                                const std::function<void()>& waiting) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  bool told = false;
  for (;;) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0664);
    if (fd < 0) return os_error("open the lock", path);
    FileLock lock(fd);
    // As huggingface_hub creates it, so that the users of a shared cache can wait for one another.
    (void)::fchmod(fd, 0664);
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) {
      struct stat info {};
      if (::fstat(fd, &info) == 0 && info.st_nlink > 0) return lock;
      continue;  // removed by its former holder: take the new one
    }
    if (errno != EWOULDBLOCK && errno != EINTR) return lock;  // no flock on this file system
    if (!told) waiting();
    told = true;
    if (cancel.stop_requested()) return cancelled();
    std::this_thread::sleep_for(kLockPoll);
  }
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::string> hash_file(const fs::path& path, bool as_git_blob, const std::stop_token& cancel) {
  RAPPEL_ASSIGN(const Fd fd, open_regular_file(path));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return os_error("read", path);
  Sha256 sha256;
  Sha1 sha1;
  if (as_git_blob) {
    sha1.update("blob " + std::to_string(info.st_size));
    sha1.update(std::string_view("\0", 1));
  }
  std::vector<char> buffer(kHashBuffer);
  for (;;) {
    if (cancel.stop_requested()) return cancelled();
    const ssize_t n = ::read(fd.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return os_error("read", path);
    if (n == 0) return as_git_blob ? sha1.finish_hex() : sha256.finish_hex();
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(n));
    if (as_git_blob)
      sha1.update(bytes);
    else
      sha256.update(bytes);
  }
}

Status verify_blob(const fs::path& path, const RemoteFile& file, const std::stop_token& cancel) {
  if (file.bytes && size_of(path) != *file.bytes)
    return Status(Code::kCorrupt, file.name + " has " + std::to_string(size_of(path)) + " bytes instead of " +
                                      std::to_string(*file.bytes));
  RAPPEL_ASSIGN(const std::string hash, hash_file(path, !is_sha256(file.etag), cancel));
  if (hash == file.etag) return {};
  return Status(Code::kCorrupt, file.name + ": the content received has the " +
                                    (is_sha256(file.etag) ? "SHA-256 " : "git blob id ") + hash +
                                    " instead of " + file.etag +
                                    "; pull again, and if it stays, something between here and the Hub "
                                    "changes files");
}

std::uint64_t bytes_on_disk(const RepositoryCache& cache, const RemoteFile& file) {
  if (is_complete(cache.blob(file.etag), file)) return size_of(cache.blob(file.etag));
  return std::min(size_of(cache.incomplete(file.etag)), file.bytes.value_or(0));
}

Status Fetcher::fetch(const RemoteFile& file, const std::stop_token& cancel) const {
  const fs::path blob = cache.blob(file.etag);
  if (!is_linked(cache, commit, file)) {
    std::error_code error;
    fs::create_directories(blob.parent_path(), error);
    if (error)
      return Status(Code::kUnavailable, "cannot create " + blob.parent_path().string() + ": " +
                                            error.message() +
                                            "; set HF_HOME to a folder that can be written");
    RAPPEL_ASSIGN(const FileLock lock, FileLock::take(cache.lock(file.etag), cancel, [&] {
                    meter.note("waiting for another process that fetches " + file.name);
                  }));
    const bool there = is_complete(blob, file);
    if (there)
      meter.found(size_of(blob), file.name);
    else
      RAPPEL_TRY(download(file, cancel));
    if (!file.bytes) meter.add_total(size_of(blob));
    RAPPEL_TRY(cache.link(commit, file.name, file.etag, !there));
  } else {
    const std::uint64_t bytes = size_of(cache.snapshot(commit) / file.name);
    if (!file.bytes) meter.add_total(bytes);
    meter.found(bytes, file.name);
  }
  meter.file_done(file.name);
  return {};
}

// With the blob's lock held.
Status Fetcher::download(const RemoteFile& file, const std::stop_token& cancel) const {
  const fs::path incomplete = cache.incomplete(file.etag);
  for (int attempt = 1;; ++attempt) {
    Status status;
    {
      const Fd fd(::open(incomplete.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
      if (fd.get() < 0) return os_error("write", incomplete);
      status = transfer(file, fd.get(), cancel);
      if (status.ok() && ::fsync(fd.get()) != 0) return os_error("write", incomplete);
    }
    if (status.ok()) status = verify_blob(incomplete, file, cancel);
    if (status.ok()) {
      std::error_code error;
      fs::rename(incomplete, cache.blob(file.etag), error);
      // Where locks do nothing, another process may have been faster with the same content.
      if (!error || is_complete(cache.blob(file.etag), file)) return {};
      return Status(Code::kUnavailable, "cannot rename " + incomplete.string() + ": " + error.message());
    }
    if (status.code() != Code::kCorrupt) return status;
    // Bad bytes are worthless to the next attempt too, and may come from an earlier pull.
    meter.dropped(size_of(incomplete), file.name);
    std::error_code ignored;
    fs::remove(incomplete, ignored);
    if (attempt == kCorruptAttempts) return status;
    meter.note(status.message() + "; fetching it again");
  }
}

// Brings the open file to its full length, from where it is, through cut connections.
Status Fetcher::transfer(const RemoteFile& file, int fd, const std::stop_token& cancel) const {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return os_error("read", cache.incomplete(file.etag));
  auto have = static_cast<std::uint64_t>(info.st_size);
  if (!file.bytes || have > *file.bytes) {
    if (::ftruncate(fd, 0) != 0) return os_error("write", cache.incomplete(file.etag));
    have = 0;
  }
  if (have > 0) meter.found(have, file.name);

  Retry retry({settings.retries, settings.retry_delay_ms}, api.note(), cancel);
  std::uint64_t most = have;  // a server that ignores ranges can take us back: no progress then
  while (!file.bytes || have < *file.bytes || have == 0) {
    BlobSink sink(fd, have, file, meter);
    HttpRequest request = api.content(commit, file.name, cancel);
    request.sink = &sink;
    if (have > 0) request.range_begin = have;
    const Result<HttpResponse> response = client.send(request);
    have = sink.offset();
    if (have > most) retry.progress();
    most = std::max(most, have);
    if (response.ok() && response->status == 416 && have > 0)
      return Status(Code::kCorrupt, file.name + ": the part that is here does not fit the file");
    if (response.ok() && response->status >= 200 && response->status < 300) {
      if (!file.bytes || have == *file.bytes) return {};
      RAPPEL_TRY(retry.again(Status(Code::kUnavailable, file.name + ": the connection was cut")));
    } else if (response.ok()) {
      const Status failure = api.explain(*response, file.name);
      if (!is_retryable(response->status)) return failure;
      RAPPEL_TRY(retry.again(failure, retry_after_s(*response)));
    } else {
      if (response.status().code() == Code::kCancelled) return cancelled();
      if (response.status().code() != Code::kUnavailable) return response.status();
      RAPPEL_TRY(retry.again(response.status()));
    }
    if (!file.bytes) {  // nothing to compare a resumed file with: from the start
      meter.dropped(have, file.name);
      have = 0;
      if (::ftruncate(fd, 0) != 0) return os_error("write", cache.incomplete(file.etag));
    }
  }
  return {};
}

}  // namespace rappel::hub
