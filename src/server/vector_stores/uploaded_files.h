// UploadedFiles: the files that clients have handed over (POST /v1/files), kept until they are deleted or
// expire. They survive a restart and kill -9: a file is there with all its bytes and its description, or not.
//
//   ID/content      the bytes
//   ID/file.json    the description
//   lock            locked by the server that has the folder
//
// What is known of the files is in memory, their bytes are not. Any thread may call any method. Ids of
// clients are looked up and never become paths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/os/fd.h"
#include "base/status.h"

namespace rappel {

class Logger;

struct UploadedFile {
  std::string id;  // "file-" and 32 hexadecimal digits: nobody can guess it
  std::string name;
  std::string purpose;
  std::string content_type;  // as sent; may be empty
  std::string owner;         // Principal::id of the token that sent it
  std::uint64_t bytes = 0;
  std::int64_t created_us = 0;             // microseconds since 1970; no two files have the same
  std::optional<std::int64_t> expires_at;  // seconds since 1970: from then on it is not there

  std::int64_t created_at() const { return created_us / 1'000'000; }
};

class UploadedFiles {
 public:
  struct Limits {
    std::uint64_t bytes = std::uint64_t{10} << 30;  // of all files
    std::size_t files = 100'000;
  };

  // `logger` may be null.
  UploadedFiles(std::filesystem::path folder, Limits limits, Logger* logger);

  // Reads what is there; before any other call. Errors as take_private_folder().
  Status open();

  // Keeps a new file, whose id and time are set here. `passed` as write_private_file(). kResourceExhausted:
  // the files would exceed the limits. Errors of the disk.
  Result<UploadedFile> add(UploadedFile file, std::string_view bytes,
                           const std::function<void(std::string_view)>& passed);
  std::optional<UploadedFile> find(std::string_view id);
  std::vector<UploadedFile> list();  // the oldest first
  // False: there is no such file.
  bool remove(std::string_view id);

  // The place of the bytes of a file that is there.
  std::filesystem::path content(const std::string& id) const { return folder_ / id / "content"; }

 private:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  Status reserve(std::uint64_t bytes);
  void give_back(std::uint64_t bytes);
  void keep(const UploadedFile& file);  // under the mutex
  std::vector<std::string> expired();
  void remove_expired();
  void load(const std::filesystem::path& entry);

  const std::filesystem::path folder_;
  const Limits limits_;
  Logger* const logger_;
  Fd lock_{-1};
  std::mutex mutex_;
  std::map<std::string, UploadedFile, std::less<>> files_;
  std::size_t count_ = 0;    // of the files, and of those that are being written
  std::uint64_t bytes_ = 0;  // of the same
  std::int64_t last_us_ = 0;
  std::int64_t next_expiry_ = kNever;  // seconds since 1970, of the first to expire
};

// Microseconds since 1970.
std::int64_t now_us();

}  // namespace rappel
