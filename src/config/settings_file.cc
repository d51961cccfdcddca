#include "config/settings_file.h"

#include <algorithm>
#include <filesystem>

#include "base/os/file.h"
#include "config/dotenv.h"
#include "config/other_variables.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

bool is_path_variable(std::string_view name) {
  if (const PassedVariable* passed = passed_variable(name)) return passed->is_path;
  const auto table = option_table();
  return std::any_of(table.begin(), table.end(), [&](const OptionSpec& spec) {
    return spec.type == OptionType::kPath && names_variable(spec, name);
  });
}

}  // namespace

Result<std::string> read_settings_file(OptionSources& sources, std::vector<Status>& problems) {
  bool named = false;
  if (const auto it = sources.environment.find("RAPPEL_ENV_FILE");
      it != sources.environment.end() && !it->second.empty())
    sources.env_file_name = it->second, named = true;
  for (const auto& [spec, text] : sources.flags)
    if (std::string_view(spec->flag) == "--env-file") sources.env_file_name = text, named = true;
  const std::string& name = sources.env_file_name;
  std::error_code error;
  if (!named && !fs::exists(name, error)) return std::string();
  const auto content = read_file(name, kMaxSettingsFile);
  if (!content.ok())
    return Status(content.status().code(),
                  "settings file: " + content.status().message() +
                      "; name a readable file with --env-file or RAPPEL_ENV_FILE",
                  content.status().cause())
        .with_id("setting");
  EnvFile file = parse_env_file(*content, sources.environment);
  if (!file.refusal.empty())
    return Status(Code::kInvalidArgument, "settings file: cannot use " + name + " " + file.refusal)
        .with_id("setting");
  const auto ignored = [&](const std::string& words) {
    problems.push_back(Status(Code::kInvalidArgument, name + " " + words).with_id("setting"));
  };
  for (const std::string& problem : file.problems) ignored(problem);
  if (const auto it = file.entries.find("RAPPEL_ENV_FILE"); it != file.entries.end()) {
    ignored("line " + std::to_string(it->second.line) +
            ": a settings file cannot name another one; use --env-file or the environment");
    file.entries.erase(it);
  }
  sources.env_file = std::move(file.entries);
  return fs::absolute(name, error).lexically_normal().string();
}

std::string settings_file_words(const std::string& path) {
  if (!path.empty()) return path;
  std::error_code error;
  return "none: there is no .env in " + fs::current_path(error).string();
}

std::string path_in_settings(std::string_view path, std::string_view file) {
  const fs::path folder = fs::path(file).parent_path();
  if (path.empty() || path.starts_with('~') || folder.empty() || fs::path(path).is_absolute())
    return std::string(path);
  return (folder / path).lexically_normal().string();
}

std::string model_in_settings(std::string_view name, std::string_view file) {
  std::string path = path_in_settings(name, file);
  if (name == "." || name == ".." || name.starts_with("./") || name.starts_with("../")) return path;
  std::error_code error;
  return fs::is_directory(path, error) ? path : std::string(name);
}

Environment merged_variables(const OptionSources& sources) {
  Environment merged = sources.environment;
  for (const auto& [key, entry] : sources.env_file)
    merged.try_emplace(
        key, is_path_variable(key) ? path_in_settings(entry.value, sources.env_file_name) : entry.value);
  return merged;
}

}  // namespace rappel
