#include "store/sqlite/disk_reserve.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/os/allocate.h"
#include "base/os/fd.h"
#include "base/os/scratch_file.h"

namespace rappel::sqlite {
namespace {

namespace fs = std::filesystem;

std::uintmax_t size_for(const fs::path& file, std::uintmax_t bytes) {
  std::error_code error;
  const fs::space_info space = fs::space(file.parent_path(), error);
  return error ? bytes : std::min(bytes, space.capacity / 8);
}

// 0, or errno.
int make(const fs::path& file, std::uintmax_t bytes) {
  const Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  return fd.get() < 0 ? errno : allocate_blocks(fd.get(), bytes);
}

}  // namespace

DiskReserve::DiskReserve(fs::path file, std::uintmax_t bytes)
    : file_(std::move(file)), bytes_(size_for(file_, bytes)) {}

Status DiskReserve::keep() {
  std::error_code error;
  if (bytes_ == 0) return {};
  if (const std::uintmax_t found = fs::file_size(file_, error); error || found < bytes_) {
    const int failure = make(file_, bytes_);
    if (failure != 0) fs::remove(file_, error);
    if (failure == ENOSPC || failure == EDQUOT)
      return disk_is_full(file_, "the room that is reserved for removals cannot be allocated");
  }
  released_ = false;
  return {};
}

void DiskReserve::release() {
  std::error_code error;
  fs::remove(file_, error);
  released_ = bytes_ > 0;
}

}  // namespace rappel::sqlite
