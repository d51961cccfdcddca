// DiskReserve: a file of allocated, unused bytes beside the database, for removals on a full disk. A removal
// writes to the log before it frees anything, so it needs room that uploads cannot take.
//
// One thread at a time: the store's writer.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/status.h"

namespace rappel::sqlite {

class DiskReserve {
 public:
  // A reserve of `bytes`, or of an eighth of the disk if that is less. 0: there is none.
  DiskReserve(std::filesystem::path file, std::uintmax_t bytes);

  // Makes the file where it is missing. kUnavailable [disk-full] if the disk has no room for it. A file
  // system that cannot allocate is no error; then there is no reserve.
  Status keep();
  // Gives the room back to the disk; keep() takes it again.
  void release();
  bool released() const { return released_; }
  std::uintmax_t bytes() const { return bytes_; }

 private:
  const std::filesystem::path file_;
  const std::uintmax_t bytes_;
  bool released_ = false;
};

}  // namespace rappel::sqlite
