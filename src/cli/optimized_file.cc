#include "cli/optimized_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/timestamp.h"
#include "config/dotenv.h"
#include "config/version.h"

namespace rappel {
namespace {

constexpr char kTitle[] = "# Settings that suit this machine, by rappel ";
constexpr char kTime[] = "# Time: ", kPlatform[] = "# Platform: ", kProposed[] = "# Proposed: ";

// The text after `label` on the first line that begins with it; "" if none does.
std::string labelled(std::string_view text, std::string_view label) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with(label)) return std::string(line.substr(label.size()));
  }
  return "";
}

// "A=1 B=2"
std::map<std::string, std::string> pairs_of(std::string_view text) {
  std::map<std::string, std::string> pairs;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (const std::size_t equals = word.find('='); equals != std::string_view::npos)
      pairs.emplace(word.substr(0, equals), word.substr(equals + 1));
  }
  return pairs;
}

bool needs_quotes(std::string_view value) {
  constexpr std::string_view kPlain = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_./:-@";
  return value.empty() || value.find_first_not_of(kPlain) != std::string_view::npos;
}

std::vector<std::string> edits(std::map<std::string, std::string> proposed, const std::vector<Setting>& now) {
  std::vector<std::string> edited;
  for (const Setting& setting : now) {
    const auto it = proposed.find(setting.key);
    if (it == proposed.end())
      edited.push_back(setting.key + " added");
    else if (it->second != setting.value)
      edited.push_back(setting.key + " " + it->second + " -> " + setting.value);
    if (it != proposed.end()) proposed.erase(it);
  }
  for (const auto& [key, value] : proposed) edited.push_back(key + " removed");
  return edited;
}

}  // namespace

std::string OptimizedFile::words() const {
  std::string text = "written " + time + (edited.empty() ? ", not edited" : ", edited: ");
  for (std::size_t i = 0; i < edited.size(); ++i) text += (i == 0 ? "" : ", ") + edited[i];
  return text;
}

std::filesystem::path optimized_file_of(const std::filesystem::path& settings_file) {
  return settings_file.parent_path() / ".env.optimized";
}

std::string optimized_text(const Tuning& tuning, std::chrono::system_clock::time_point now) {
  std::string proposed;
  for (const Recommendation& setting : tuning.settings)
    proposed += (proposed.empty() ? "" : " ") + setting.key + "=" + setting.value;
  std::string text = fmt::format(
      "{}{} optimize.\n# Edit the values below, then run `rappel setup` to apply them.\n{}{}\n{}{}\n{}{}\n",
      kTitle, kVersion, kTime,
      format_timestamp_utc(now).substr(0, std::string_view("2026-11-23T10:00:00").size()) + "Z", kPlatform,
      tuning.platform, kProposed, proposed);
  for (const auto& [label, words] : tuning.machine) text += fmt::format("# {}: {}\n", label, words);
  for (const Recommendation& setting : tuning.settings)
    text += fmt::format("\n# {}\n{}{}={}\n", setting.reason,
                        setting.cost.empty() ? "" : fmt::format("# {}\n", setting.cost), setting.key,
                        setting.value);
  return text;
}

Result<OptimizedFile> parse_optimized(std::string_view text) {
  OptimizedFile file;
  file.time = labelled(text, kTime);
  file.platform = labelled(text, kPlatform);
  const std::string proposed = labelled(text, kProposed);
  if (!text.starts_with(kTitle) || file.time.empty() || proposed.empty())
    return Status(
        Code::kFailedPrecondition,
        "`rappel optimize` did not write it, or its first lines are gone: run `rappel optimize` again");
  EnvFile entries = parse_env_file(text, {});
  if (!entries.problems.empty()) return Status(Code::kInvalidArgument, entries.problems.front());
  for (const auto& [key, entry] : entries.entries)
    if (needs_quotes(entry.value))
      return Status(
          Code::kInvalidArgument,
          fmt::format("line {}: the value of {} is empty or needs quotes; set it in the settings file "
                      "itself",
                      entry.line, key));
  std::vector<std::pair<int, Setting>> ordered;
  for (const auto& [key, entry] : entries.entries) ordered.push_back({entry.line, {key, entry.value}});
  std::sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [line, setting] : ordered) file.settings.push_back(std::move(setting));
  file.edited = edits(pairs_of(proposed), file.settings);
  return file;
}

}  // namespace rappel
