#include "base/os/scratch_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

namespace rappel {
namespace {

Status cannot(const char* what, const std::filesystem::path& folder, int error) {
  return Status(Code::kUnavailable, "cannot " + std::string(what) + " a temporary file in " +
                                        folder.string() + ": " + std::strerror(error) +
                                        "; look at the disk and the rights of the folder");
}

int open_unnamed(const std::filesystem::path& folder) {
#ifdef O_TMPFILE
  // Not every file system and container has it.
  const int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) return fd;
#endif
  std::string name = (folder / ".scratch-XXXXXX").string();
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(name.c_str());
  return named;
}

}  // namespace

Status disk_is_full(const std::filesystem::path& path, std::string cause) {
  return Status(Code::kUnavailable,
                "no space left on the disk of " + path.string() +
                    "; nothing was changed: free some space and try again",
                std::move(cause))
      .with_id("disk-full");
}

Status make_private_folder(const std::filesystem::path& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return {};
  if (errno == ENOENT && folder.has_parent_path() && folder.parent_path() != folder) {
    RAPPEL_TRY(make_private_folder(folder.parent_path()));
    if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return {};
  }
  if (errno == ENOSPC || errno == EDQUOT) return disk_is_full(folder, std::strerror(errno));
  return Status(Code::kUnavailable, "cannot make the folder " + folder.string() + ": " +
                                        std::strerror(errno) + "; look at the rights of its parent");
}

Result<ScratchFile> ScratchFile::open(const std::filesystem::path& folder) {
  Fd fd(open_unnamed(folder));
  if (fd.get() < 0 && errno == ENOSPC) return disk_is_full(folder, std::strerror(errno));
  if (fd.get() < 0) return cannot("make", folder, errno);
  return ScratchFile(folder, std::move(fd));
}

Status ScratchFile::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == ENOSPC || errno == EDQUOT)) return disk_is_full(folder_, std::strerror(errno));
    if (n < 0) return cannot("write", folder_, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    size_ += static_cast<std::uint64_t>(n);
  }
  return {};
}

Status ScratchFile::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t n = ::pread(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return cannot("read", folder_, n < 0 ? errno : EIO);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return {};
}

// Opened again where the system can do so: the mapping's descriptor may then go to a process that must not
// write.
Result<std::shared_ptr<const MappedFile>> ScratchFile::map() const {
  Fd fd(::open(("/proc/self/fd/" + std::to_string(fd_.get())).c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) fd = Fd(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
  if (fd.get() < 0) return cannot("map", folder_, errno);
  return MappedFile::map(folder_ / "temporary file", std::move(fd));
}

}  // namespace rappel
