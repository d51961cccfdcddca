// Files: whole reads, atomic replacement, and read-only memory mapping.
//
// Reads take regular files only. A folder, FIFO, socket or device is refused with kInvalidArgument and is
// never opened for reading, so no read waits for a writer.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/os/fd.h"
#include "base/status.h"

namespace rappel {

// Opens a regular file for reading. The message of a refusal names the file and its kind.
Result<Fd> open_regular_file(const std::filesystem::path& path);

// "folder", "FIFO", "socket", "device"; "" for a regular file and for anything that cannot be looked at.
const char* special_file_kind(const std::filesystem::path& path);

// The whole file; kResourceExhausted if it is larger than max_bytes. /dev/null is an empty file.
Result<std::string> read_file(const std::filesystem::path& path,
                              std::size_t max_bytes = std::size_t{1} << 30);

// The first bytes of a file: all of them if it is shorter than `bytes`.
Result<std::string> read_file_start(const std::filesystem::path& path, std::size_t bytes);

// The text of a file of the kernel (/proc, /sys); "" if it does not exist or cannot be read.
std::string kernel_text(const std::filesystem::path& path);

// The path, made absolute, or the nearest folder above it that is there.
std::filesystem::path nearest_existing(const std::filesystem::path& path);

// Replaces `path` so that a reader or a crash sees the old file or the new one: temporary file beside it,
// fsync, rename, fsync of the folder. Mode 0600 when `secret`, else 0644. Owner and group are those of the
// file that it replaces, where this user may give them; a secret that one more group than this user's could
// read is 0640 then.
Status write_file_atomic(const std::filesystem::path& path, std::string_view content, bool secret = false);

// A file mapped read-only. bytes() is valid as long as the object lives; empty files map to an empty span.
// The file must not be truncated by another process while it is mapped.
class MappedFile {
 public:
  static Result<std::shared_ptr<const MappedFile>> open(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  // Takes the whole pages in `part`, a part of bytes(), out of this process's resident memory. What was read
  // stays in the page cache; reading the part again maps it again. Threads may read it meanwhile.
  void release(std::span<const std::byte> part) const;
  const std::filesystem::path& path() const { return path_; }

 private:
  MappedFile(std::filesystem::path path, const std::byte* data, std::size_t size)
      : path_(std::move(path)), data_(data), size_(size) {}
  std::filesystem::path path_;
  const std::byte* data_;
  std::size_t size_;
};

}  // namespace rappel
