#include "base/os/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "base/check.h"
#include "base/os/fd.h"
#include "base/os/random.h"
#include "base/os/stream.h"

namespace rappel {
namespace {

Status file_error(const char* what, const std::filesystem::path& path) {
  const int error = errno;
  const Code code = error == ENOENT || error == ENOTDIR ? Code::kNotFound : Code::kUnavailable;
  return Status(code, std::string("cannot ") + what + " " + path.string() + ": " + std::strerror(error));
}

const char* kind_word(mode_t mode) {
  if (S_ISREG(mode)) return "";
  if (S_ISDIR(mode)) return "folder";
  if (S_ISFIFO(mode)) return "FIFO";
  return S_ISSOCK(mode) ? "socket" : "device";
}

Result<std::string> read_up_to(int fd, std::size_t most, const std::filesystem::path& path) {
  std::string content;
  char buffer[1 << 16];
  while (content.size() < most) {
    const ssize_t n = ::read(fd, buffer, std::min(sizeof buffer, most - content.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return file_error("read", path);
    if (n == 0) break;
    content.append(buffer, static_cast<std::size_t>(n));
  }
  return content;
}

Result<std::string> read_whole(int fd, std::size_t max_bytes, const std::filesystem::path& path) {
  RAPPEL_ASSIGN(std::string content, read_up_to(fd, max_bytes + 1, path));
  if (content.size() > max_bytes)
    return Status(Code::kResourceExhausted,
                  path.string() + " is larger than " + std::to_string(max_bytes) + " bytes");
  return content;
}

Status write_all(int fd, std::string_view content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return file_error("write", path);
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

}  // namespace

const char* special_file_kind(const std::filesystem::path& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? kind_word(info.st_mode) : "";
}

Result<Fd> open_regular_file(const std::filesystem::path& path) {
  // Opening a FIFO waits and opening a device may act on it, so the kind is checked before and after.
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return file_error("open", path);
  if (S_ISREG(info.st_mode)) {
    Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (fd.get() < 0 || ::fstat(fd.get(), &info) != 0) return file_error("open", path);
    if (S_ISREG(info.st_mode)) return Result<Fd>(std::move(fd));
  }
  return Status(Code::kInvalidArgument, "cannot read " + path.string() + ": it is a " +
                                            kind_word(info.st_mode) + "; name a regular file");
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes) {
  if (path == "/dev/null") return std::string();  // the usual name for "no file"
  RAPPEL_ASSIGN(const Fd fd, open_regular_file(path));
  return read_whole(fd.get(), max_bytes, path);
}

Result<std::string> read_stream(int descriptor, const std::string& name, std::size_t max_bytes) {
  return read_whole(descriptor, max_bytes, name);
}

Result<std::string> read_file_start(const std::filesystem::path& path, std::size_t bytes) {
  RAPPEL_ASSIGN(const Fd fd, open_regular_file(path));
  return read_up_to(fd.get(), bytes, path);
}

std::string kernel_text(const std::filesystem::path& path) {
  auto text = read_file(path, std::size_t{16} << 20);
  return text.ok() ? std::move(text).value() : std::string();
}

std::filesystem::path nearest_existing(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::path found = std::filesystem::absolute(path, error);
  while (!std::filesystem::exists(found, error) && found.has_relative_path()) found = found.parent_path();
  return found;
}

Status write_file_atomic(const std::filesystem::path& path, std::string_view content, bool secret) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const std::filesystem::path temporary = path.string() + ".tmp-" + random_hex(8);
  {
    Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, secret ? 0600 : 0644));
    if (fd.get() < 0) return file_error("create", temporary);
    struct stat old {};
    if (::stat(path.c_str(), &old) == 0 && ::fchown(fd.get(), old.st_uid, old.st_gid) == 0 && secret &&
        old.st_gid != ::getegid() && (old.st_mode & S_IRGRP) != 0)
      ::fchmod(fd.get(), 0640);
    Status status = write_all(fd.get(), content, temporary);
    if (status.ok() && ::fsync(fd.get()) != 0) status = file_error("sync", temporary);
    if (!status.ok()) {
      ::unlink(temporary.c_str());
      return status;
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    Status status = file_error("replace", path);
    ::unlink(temporary.c_str());
    return status;
  }
  return sync_folder(folder);
}

Status sync_folder(const std::filesystem::path& folder) {
  const Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() >= 0 && ::fsync(fd.get()) != 0 && errno != EINVAL) return file_error("sync folder", folder);
  return {};
}

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::filesystem::path& path) {
  RAPPEL_ASSIGN(Fd fd, open_regular_file(path));
  return map(path, std::move(fd));
}

Result<std::shared_ptr<const MappedFile>> MappedFile::map(const std::filesystem::path& path, Fd fd) {
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return file_error("read", path);
  const std::shared_ptr<MappedFile> file(new MappedFile(path, std::move(fd)));
  file->modified_ = info.st_mtime;
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size == 0) return std::shared_ptr<const MappedFile>(file);
  void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file->fd_.get(), 0);
  if (mapped == MAP_FAILED) return file_error("map", path);
  file->data_ = static_cast<const std::byte*>(mapped);
  file->size_ = size;
  RAPPEL_ASSIGN(file->guard_, GuardedPages::guard(mapped, size));
  return std::shared_ptr<const MappedFile>(file);
}

Status MappedFile::check() const {
  struct stat info {};
  const bool known = ::fstat(fd_.get(), &info) == 0;
  const bool changed =
      known && (static_cast<std::size_t>(info.st_size) != size_ || info.st_mtime != modified_);
  if (!changed && (guard_ == nullptr || !guard_->damaged())) return {};
  return Status(
      Code::kCorrupt,
      "cannot use " + path_.filename().string() +
          (changed ? ": the file was changed in place after it was opened; put the file back and start "
                     "again, and replace a file by a rename"
                   : ": parts of it cannot be read any more; check the disk and start again"),
      path_.string());
}

MappedFile::~MappedFile() {
  guard_.reset();  // before another mapping can get these addresses
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::release(std::span<const std::byte> part) const {
  if (part.empty()) return;
  RAPPEL_CHECK(part.data() >= data_ && part.data() + part.size() <= data_ + size_,
               "`part` is a subspan of bytes()");
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const auto from = static_cast<std::size_t>(part.data() - data_);
  const std::size_t begin = (from + page - 1) / page * page, end = (from + part.size()) / page * page;
  // For a shared read-only mapping this drops page table entries only. If the system refuses, the pages stay
  // resident, which is harmless.
  if (begin < end) ::madvise(const_cast<std::byte*>(data_) + begin, end - begin, MADV_DONTNEED);
}

}  // namespace rappel
