// SettingsFile: the `.env` file of a run, and how its relative paths are read.
//
// A relative path in the file counts from the folder of the file, so that the same file means the same from
// every working directory. A relative path in a flag or in the environment counts from the working directory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "config/options.h"

namespace rappel {

inline constexpr std::size_t kMaxSettingsFile = std::size_t{1} << 20;

// Reads the file that --env-file or RAPPEL_ENV_FILE names, or `.env` when it exists, into sources.env_file
// and sources.env_file_name. A file that is named must be readable. `problems`: one for each line that is
// ignored. Returns the absolute path of the file; empty when there is none.
Result<std::string> read_settings_file(OptionSources& sources, std::vector<Status>& problems);

// "/srv/rappel/.env", or "none: there is no .env in /srv/rappel".
std::string settings_file_words(const std::string& path);

// Resolves a relative path of the settings file `file`; other paths, and a leading ~, stay.
std::string path_in_settings(std::string_view path, std::string_view file);
// The same for a model: a folder beside the file, or else the name of a model on the Hub.
std::string model_in_settings(std::string_view name, std::string_view file);

// The environment over the settings file, for the variables that other parts read by name. Paths of the file
// count from its folder.
Environment merged_variables(const OptionSources& sources);

}  // namespace rappel
