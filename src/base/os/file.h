// Files: read whole files, replace files atomically, map files read-only.
//
// Only regular files are read. A folder, FIFO, socket or device is rejected with kInvalidArgument and never
// opened for reading, so that no read waits for a writer.
#pragma once

#include <cstddef>
#include <ctime>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/os/fd.h"
#include "base/os/guarded_pages.h"
#include "base/status.h"

namespace rappel {

// Opens a regular file for reading. The error message names the file and its kind.
Result<Fd> open_regular_file(const std::filesystem::path& path);

// "folder", "FIFO", "socket", "device"; "" for a regular file and for a path that cannot be inspected.
const char* special_file_kind(const std::filesystem::path& path);

// The whole file; kResourceExhausted if it is larger than max_bytes. /dev/null is an empty file.
Result<std::string> read_file(const std::filesystem::path& path,
                              std::size_t max_bytes = std::size_t{1} << 30);

// The first bytes of a file: all of them if it is shorter than `bytes`.
Result<std::string> read_file_start(const std::filesystem::path& path, std::size_t bytes);

// The text of a kernel file (/proc, /sys); "" if it does not exist or cannot be read.
std::string kernel_text(const std::filesystem::path& path);

// The absolute path if it exists, else its nearest existing parent folder.
std::filesystem::path nearest_existing(const std::filesystem::path& path);

// Replaces `path` atomically: a reader, or a crash, sees either the old or the new content. Writes a
// temporary file in the same folder, then fsync, rename, fsync of the folder. Mode 0600 if `secret`, else
// 0644. Keeps the owner and group of the replaced file if this user may set them; a secret that another group
// could read keeps mode 0640.
Status write_file_atomic(const std::filesystem::path& path, std::string_view content, bool secret = false);
// The names in the folder survive a power cut then. A folder that cannot be read is no error: nothing can be
// promised, and nothing need fail.
Status sync_folder(const std::filesystem::path& folder);

// A file mapped read-only. bytes() is valid while the object exists; an empty file maps to an empty span.
//
// If another process truncates or rewrites the file, or the disk fails, bytes() may change under the reader
// or become zeros, and the process lives on (GuardedPages). check() says so; ask it after reading.
class MappedFile {
 public:
  static Result<std::shared_ptr<const MappedFile>> open(const std::filesystem::path& path);
  // The file of a descriptor, which it keeps; `path` is for messages.
  static Result<std::shared_ptr<const MappedFile>> map(const std::filesystem::path& path, Fd fd);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  // kCorrupt if bytes() may not be what the file held when it was opened. The message names the file without
  // its folder, because a server passes it on to clients; the cause is the path. Costs one fstat().
  Status check() const;
  // Whether a part of bytes() could not be read; it reads as zeros.
  bool is_damaged() const { return guard_ != nullptr && guard_->damaged(); }
  // For another process, which maps the file as well.
  int descriptor() const { return fd_.get(); }
  // Removes the whole pages in `part`, a subspan of bytes(), from the resident memory of this process. They
  // stay in the page cache, and a later read maps them again. Other threads may read at the same time.
  void release(std::span<const std::byte> part) const;
  const std::filesystem::path& path() const { return path_; }

 private:
  MappedFile(std::filesystem::path path, Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::filesystem::path path_;
  Fd fd_;
  std::time_t modified_ = 0;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::unique_ptr<const GuardedPages> guard_;  // null for an empty file
};

}  // namespace rappel
