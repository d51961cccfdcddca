#include "cli/settings_backup.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "base/os/file.h"
#include "config/settings_file.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

// The number of "" is 0, of ".12" 12; nothing for other tails.
std::optional<int> number_of(const std::string& tail) {
  if (tail.empty()) return 0;
  int number = 0;
  const char* end = tail.data() + tail.size();
  if (tail[0] != '.' || std::from_chars(tail.data() + 1, end, number).ptr != end) return std::nullopt;
  return number;
}

}  // namespace

fs::path numbered(const fs::path& file, const char* suffix, int number) {
  return file.string() + suffix + (number == 0 ? "" : "." + std::to_string(number));
}

int next_number(const fs::path& file, const char* suffix) {
  const std::string start = file.filename().string() + suffix;
  int next = 0;
  std::error_code error;
  for (fs::directory_iterator it(file.has_parent_path() ? file.parent_path() : fs::path("."), error), end;
       !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(start)) continue;
    if (const auto number = number_of(name.substr(start.size()))) next = std::max(next, *number + 1);
  }
  return next;
}

fs::path settings_target(const fs::path& file) {
  std::error_code error;
  if (!fs::is_symlink(file, error)) return file;
  const fs::path real = fs::canonical(file, error);
  return error ? file : real;
}

Result<fs::path> replace_settings_file(const fs::path& file, std::string_view content) {
  fs::path backup;
  if (std::error_code error; fs::exists(file, error)) {
    RAPPEL_ASSIGN(const std::string before, read_file(file, kMaxSettingsFile));
    backup = numbered(file, kSettingsBackup, next_number(file, kSettingsBackup));
    RAPPEL_TRY(write_file_atomic(backup, before, true));
  }
  RAPPEL_TRY(write_file_atomic(settings_target(file), content, true));
  return backup;
}

}  // namespace rappel
