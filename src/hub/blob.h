// One blob: from the network into the cache, verified.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <utility>

#include "base/status.h"
#include "hub/api.h"
#include "hub/cache.h"
#include "hub/progress.h"
#include "net/http_client.h"

namespace rappel::hub {

// An flock on a file that stays, as huggingface_hub takes it: one writer per blob among processes and
// threads. On a file system without flock there is no exclusion, and none is needed for correctness: writers
// of one blob write the same bytes at the same places and verify what they find.
class FileLock {
 public:
  // Waits until it is free; calls `waiting` once when it is not at first. kCancelled.
  static Result<FileLock> take(const std::filesystem::path& path, const std::stop_token& cancel,
                               const std::function<void()>& waiting);
  FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

// SHA-256 of the file, or its git blob id, in lower-case hex digits.
Result<std::string> hash_file(const std::filesystem::path& path, bool as_git_blob,
                              const std::stop_token& cancel);

// Ok when the file's size (when known) and content match the etag; kCorrupt otherwise.
Status verify_blob(const std::filesystem::path& path, const RemoteFile& file, const std::stop_token& cancel);

// How much of `file` is in the cache already, complete or not; for the space that a pull needs.
std::uint64_t bytes_on_disk(const RepositoryCache& cache, const RemoteFile& file);

struct Fetcher {
  const RepositoryCache& cache;
  const Api& api;
  const HttpClient& client;
  const HubSettings& settings;
  ProgressMeter& meter;
  std::string commit;

  // Makes snapshots/<commit>/<file> exist, with whatever that takes. Thread-safe for different files.
  Status fetch(const RemoteFile& file, const std::stop_token& cancel) const;

 private:
  Status download(const RemoteFile& file, const std::stop_token& cancel) const;
  Status transfer(const RemoteFile& file, int fd, const std::stop_token& cancel) const;
};

}  // namespace rappel::hub
