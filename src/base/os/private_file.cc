#include "base/os/private_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/os/file.h"
#include "base/os/scratch_file.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

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

Status append_private_lines(const fs::path& path, const std::string& lines, bool sync) {
  const Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() < 0) return cannot("open", path, errno);
  char last = '\n';
  if (const off_t size = ::lseek(fd.get(), 0, SEEK_END);
      size > 0 && ::pread(fd.get(), &last, 1, size - 1) != 1)
    return cannot("read", path, errno);
  RAPPEL_TRY(write_all(fd.get(), last == '\n' ? lines : "\n" + lines, path));
  return !sync || ::fsync(fd.get()) == 0 ? Status() : cannot("write", path, errno);
}

Result<Fd> take_private_folder(const fs::path& folder, std::string_view what) {
  RAPPEL_TRY(make_private_folder(folder));
  const fs::path lock = folder / "lock";
  Fd fd(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() < 0) return cannot("open", lock, errno);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
    return Status(Code::kFailedPrecondition, "another server works on " + std::string(what) + " in " +
                                                 folder.string() +
                                                 "; stop it, or give it a folder of its own");
  return fd;
}

Status make_whole_folder(const fs::path& root, const std::string& name,
                         const std::function<Status(const fs::path& folder)>& write) {
  const fs::path unfinished = root / (kUnfinished + name);
  const auto make = [&]() -> Status {
    RAPPEL_TRY(make_private_folder(unfinished));
    RAPPEL_TRY(write(unfinished));
    RAPPEL_TRY(sync_folder(unfinished));
    if (::rename(unfinished.c_str(), (root / name).c_str()) != 0) return cannot("rename", unfinished, errno);
    return sync_folder(root);
  };
  Status status = make();
  std::error_code ignored;
  if (!status.ok()) fs::remove_all(unfinished, ignored);
  return status;
}

void remove_whole_folder(const fs::path& root, const std::string& name) {
  std::error_code ignored;
  const fs::path going = root / (kUnfinished + name);
  fs::rename(root / name, going, ignored);
  (void)sync_folder(root);
  fs::remove_all(going, ignored);
}

void remove_unfinished_folders(const fs::path& root) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root, error))
    if (entry.path().filename().string().starts_with(kUnfinished)) fs::remove_all(entry.path(), error);
}

}  // namespace rappel
