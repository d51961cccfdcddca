// Ignore rules: which files of a folder are left out, in the syntax and with the meaning of git's .gitignore.
//
// One IgnoreRules holds the lines of one file. The last line that matches a path decides; "!pattern" takes
// it in again. An IgnoreChain holds the rules of nested folders: those of a deeper folder come first. A
// folder that is left out is not entered, so nothing in it can be taken in again.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rappel {

class IgnoreRules {
 public:
  enum class Verdict { kNone, kIgnored, kKept };

  static constexpr std::size_t kMaxBytes = std::size_t{1} << 20;  // of a file with rules
  static constexpr std::size_t kMaxPattern = 4096;  // bytes of a line; longer ones match nothing

  static IgnoreRules parse(std::string_view text);
  void add(std::string_view line);
  bool empty() const { return rules_.empty(); }

  // `path`: from the folder of the rules, '/' between parts, without one at an end.
  Verdict verdict(std::string_view path, bool is_folder) const;

 private:
  struct Rule {
    std::string pattern;        // without "!" and slashes at its ends
    bool negated = false;       // "!pattern"
    bool folders_only = false;  // "pattern/"
    bool anchored = false;      // has a slash in it: counts from the folder of the rules
  };
  static bool matches(const Rule& rule, std::string_view path);

  std::vector<Rule> rules_;
};

// Immutable; shared by everything below its folder.
struct IgnoreChain {
  std::shared_ptr<const IgnoreChain> outer;  // null: none
  std::size_t base = 0;                      // the path of its folder, "a/b/", has so many bytes
  IgnoreRules rules;
};

// `path`: from the folder where the chain begins.
bool is_ignored(const IgnoreChain* chain, std::string_view path, bool is_folder);

}  // namespace rappel
