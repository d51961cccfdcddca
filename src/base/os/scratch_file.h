// ScratchFile: a private file without a name, for what is too large for memory. It is gone with the object,
// also after a crash. One thread at a time may append; any thread may read what was appended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "base/os/fd.h"
#include "base/os/file.h"
#include "base/status.h"

namespace rappel {

class ScratchFile {
 public:
  // On the disk of `folder`, mode 0600. kUnavailable: no file can be made there.
  static Result<ScratchFile> open(const std::filesystem::path& folder);

  // kUnavailable, [disk-full] where the disk has no room. Earlier bytes can still be read.
  Status append(std::span<const std::byte> bytes);
  // All of `bytes`, from `offset` on. kUnavailable: the disk cannot read them, or they were not appended.
  Status read(std::uint64_t offset, std::span<std::byte> bytes) const;
  std::uint64_t size() const { return size_; }
  // A mapping of all that was appended. The mapping may outlive this object.
  Result<std::shared_ptr<const MappedFile>> map() const;

 private:
  ScratchFile(std::filesystem::path folder, Fd fd) : folder_(std::move(folder)), fd_(std::move(fd)) {}

  std::filesystem::path folder_;  // for messages
  Fd fd_;
  std::uint64_t size_ = 0;
};

// Makes the folder with its parents, mode 0700, where it does not exist.
Status make_private_folder(const std::filesystem::path& folder);

// kUnavailable [disk-full] of a change to that file or in that folder.
Status disk_is_full(const std::filesystem::path& path, std::string cause);

}  // namespace rappel
