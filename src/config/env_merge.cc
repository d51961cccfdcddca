#include "config/env_merge.h"

#include <algorithm>

#include "config/dotenv.h"

namespace rappel {

EnvMerge merge_env(std::string_view content, std::span<const Setting> settings, std::string_view heading) {
  EnvMerge merge{std::string(content), {}};
  const std::string line_end = content.find("\r\n") != std::string_view::npos ? "\r\n" : "\n";
  std::string added;
  struct Replacement {
    std::size_t begin, end;
    std::string value;
  };
  std::vector<Replacement> replacements;
  // Names in values are looked up in the file alone: what the environment has is not this file's.
  const EnvFile file = parse_env_file(content, {});
  for (const Setting& setting : settings) {
    const auto it = file.entries.find(setting.key);
    if (it == file.entries.end()) {
      added += setting.key + "=" + setting.value + line_end;
      merge.changes.push_back({setting.key, std::nullopt, setting.value});
    } else if (it->second.value != setting.value) {
      const std::size_t begin = it->second.begin, end = it->second.end;
      std::string value = setting.value;
      // Quotes stay, and a comment stays one: it needs a blank between it and a bare value.
      if (begin < end && (content[begin] == '"' || content[begin] == '\''))
        value = content[begin] + value + content[begin];
      else if (end < content.size() && content[end] == '#')
        value += ' ';
      replacements.push_back({begin, end, std::move(value)});
      merge.changes.push_back({setting.key, it->second.value, setting.value});
    }
  }
  std::sort(replacements.begin(), replacements.end(),
            [](const auto& a, const auto& b) { return a.begin > b.begin; });
  for (const Replacement& r : replacements) merge.content.replace(r.begin, r.end - r.begin, r.value);
  if (!added.empty()) {
    std::string& out = merge.content;
    if (!out.empty() && out.back() != '\n' && out.back() != '\r') out += line_end;
    if (!out.empty()) out += line_end;
    out += "# " + std::string(heading) + line_end + added;
  }
  return merge;
}

std::string describe_changes(const EnvMerge& merge) {
  std::string out;
  for (const EnvChange& change : merge.changes) {
    if (change.before) out += "- " + change.key + "=" + *change.before + "\n";
    out += "+ " + change.key + "=" + change.after + "\n";
  }
  return out.empty() ? "no change\n" : out;
}

}  // namespace rappel
