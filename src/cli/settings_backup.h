// Backups of a settings file: FILE.backup, FILE.backup.1, FILE.backup.2, ..; the highest number is the
// newest.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/status.h"

namespace rappel {

inline constexpr char kSettingsBackup[] = ".backup";

std::filesystem::path numbered(const std::filesystem::path& file, const char* suffix, int number);

// One more than the highest number in use, so that the newest stays the last after others were removed.
int next_number(const std::filesystem::path& file, const char* suffix);

// The file, or where it points if it is a link, which stays one.
std::filesystem::path settings_target(const std::filesystem::path& file);

// Replaces the content of the settings file, and keeps the old one as its newest FILE.backup. The path of
// this; empty: there was no file.
Result<std::filesystem::path> replace_settings_file(const std::filesystem::path& file,
                                                    std::string_view content);

}  // namespace rappel
