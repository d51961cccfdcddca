#include "extractor/conversion/private_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace rappel::extractor {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "rappel-convert-";

// The lock of a folder is the folder itself, so that nothing in it can take it. Negative: somebody has it.
Fd lock_of(const fs::path& folder) {
  Fd opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  return lock_folder(opened) ? std::move(opened) : Fd(-1);
}

bool is_ours(const Fd& folder) {
  struct stat status {};
  return ::fstat(folder.get(), &status) == 0 && status.st_uid == ::geteuid();
}

void remove_left_over(const fs::path& parent) {
  std::error_code error;
  std::vector<fs::path> folders;
  fs::directory_iterator entries(parent, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error))
    if (entries->path().filename().string().starts_with(kPrefix)) folders.push_back(entries->path());
  for (const fs::path& folder : folders)
    if (const Fd lock = lock_of(folder); lock.get() >= 0 && is_ours(lock)) fs::remove_all(folder, error);
}

}  // namespace

bool lock_folder(const Fd& folder) {
  struct stat status {};
  return folder.get() >= 0 && ::flock(folder.get(), LOCK_EX | LOCK_NB) == 0 &&
         ::fstat(folder.get(), &status) == 0 && status.st_nlink > 0;
}

Result<PrivateFolder> PrivateFolder::create(const fs::path& parent) {
  remove_left_over(parent);
  std::string name = (parent / kPrefix).string() + "XXXXXX";
  // Another process may lock and remove it before it is locked here; then another one is made.
  for (int tries = 0; tries < 10; ++tries) {
    std::string path = name;
    if (::mkdtemp(path.data()) == nullptr)
      return Status(Code::kUnavailable, "no temporary folder can be made in " + parent.string() + ": " +
                                            std::strerror(errno) +
                                            "; set TMPDIR to a folder that can be written");
    if (Fd lock = lock_of(path); lock.get() >= 0) return PrivateFolder(path, std::move(lock));
  }
  return Status(Code::kUnavailable, "no temporary folder can be made in " + parent.string());
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  if (lock_.get() >= 0) fs::remove_all(path_, ignored);
}

}  // namespace rappel::extractor
