// New values for some settings of a `.env` file; every other byte of it stays: comments, order, quotes, line
// ends, tokens.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rappel {

// A value that needs no quotes: letters, digits and _ . / : - @ alone.
struct Setting {
  std::string key, value;
};

struct EnvChange {
  std::string key;
  std::optional<std::string> before;  // none: the key is new
  std::string after;
};

struct EnvMerge {
  std::string content;
  std::vector<EnvChange>
      changes;  // in the order of the settings; those that had their value already are left out
};

// A key that the file assigns gets its new value where its last assignment stands; the others are appended
// below a comment line, `heading`.
EnvMerge merge_env(std::string_view content, std::span<const Setting> settings, std::string_view heading);

// "- KEY=old" and "+ KEY=new" lines, or "no change\n".
std::string describe_changes(const EnvMerge& merge);

}  // namespace rappel
