// Private folder: a temporary folder for one conversion, which other users cannot read. It is removed with
// everything in it when the object ends. Folders that killed processes left are removed by the next one.
#pragma once

#include <filesystem>

#include "base/os/fd.h"
#include "base/status.h"

namespace rappel::extractor {

class PrivateFolder {
 public:
  // In `parent`, after it has removed such folders that nobody uses any more. Error: kUnavailable.
  static Result<PrivateFolder> create(const std::filesystem::path& parent);
  PrivateFolder(PrivateFolder&&) = default;
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  PrivateFolder(std::filesystem::path path, Fd lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  Fd lock_;  // held while the folder is in use; none: moved from
};

// Locks an open folder, until all copies of the descriptor are closed. False: another process has the lock,
// or has removed the folder since it was opened.
bool lock_folder(const Fd& folder);

}  // namespace rappel::extractor
