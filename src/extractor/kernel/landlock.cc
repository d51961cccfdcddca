#include "extractor/kernel/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <system_error>

namespace rappel::extractor {
namespace {

namespace fs = std::filesystem;

// Rights on files: those of the first version, then what newer ones know.
constexpr std::uint64_t kFirst = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1, kRefer = 1ULL << 13,
                        kTruncate = 1ULL << 14;
constexpr std::uint64_t kOfFiles =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | kTruncate;
constexpr std::uint64_t kRead =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;

long version() { return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION); }

}  // namespace

bool Landlock::exists() { return version() >= 1; }

Landlock::Landlock() {
  const long known = version();
  handled_.files = kFirst | (known >= 2 ? kRefer : 0) | (known >= 3 ? kTruncate : 0);
  const std::size_t members = known >= 6 ? 3 : known >= 4 ? 2 : 1;
  rules_ = Fd(static_cast<int>(
      ::syscall(SYS_landlock_create_ruleset, &handled_, members * sizeof(std::uint64_t), 0)));
}

bool Landlock::allow_reading(const fs::path& path) { return allow(path, kRead); }

bool Landlock::allow(const fs::path& path, std::uint64_t rights) {
  const Fd opened(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (opened.get() < 0) return true;
  std::error_code error;
  if (!fs::is_directory(path, error)) rights &= kOfFiles;
  const landlock_path_beneath_attr rule{rights & handled_.files, opened.get()};
  return ::syscall(SYS_landlock_add_rule, rules_.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

bool Landlock::close() { return ::syscall(SYS_landlock_restrict_self, rules_.get(), 0) == 0; }

}  // namespace rappel::extractor
