// Backups of a settings file: FILE.backup, FILE.backup.1, FILE.backup.2, ..; the highest number is the
// newest.
#pragma once

#include <filesystem>

namespace rappel {

std::filesystem::path numbered(const std::filesystem::path& file, const char* suffix, int number);

// One more than the highest number in use, so that the newest stays the last after others were removed.
int next_number(const std::filesystem::path& file, const char* suffix);

}  // namespace rappel
