// Ignore rules by example, and compared with `git check-ignore` where git is installed.
#include "ingest/source/ignore_rules.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <set>

#include "base/os/child.h"
#include "ingest/source/walk.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

bool ignored(const char* rules, const char* path, bool is_folder = false) {
  return IgnoreRules::parse(rules).verdict(path, is_folder) == IgnoreRules::Verdict::kIgnored;
}

TEST(IgnoreRules, NameWithoutSlashMatchesInEveryFolder) {
  EXPECT_TRUE(ignored("*.log", "a.log"));
  EXPECT_TRUE(ignored("*.log", "deep/er/a.log"));
  EXPECT_TRUE(ignored("build", "x/build", true));
  EXPECT_FALSE(ignored("build/", "x/build"));
  EXPECT_TRUE(ignored("build/", "x/build", true));
}

TEST(IgnoreRules, SlashAnchorsAPattern) {
  EXPECT_TRUE(ignored("/a.md", "a.md"));
  EXPECT_FALSE(ignored("/a.md", "b/a.md"));
  EXPECT_TRUE(ignored("doc/*.txt", "doc/a.txt"));
  EXPECT_FALSE(ignored("doc/*.txt", "doc/b/a.txt"));
  EXPECT_FALSE(ignored("doc/*.txt", "x/doc/a.txt"));
  EXPECT_TRUE(ignored("**/doc/*.txt", "x/doc/a.txt"));
}

TEST(IgnoreRules, LastMatchingLineDecides) {
  EXPECT_FALSE(ignored("*.md\n!keep.md\n", "keep.md"));
  EXPECT_TRUE(ignored("!keep.md\n*.md\n", "keep.md"));
}

TEST(IgnoreRules, CommentsBlanksAndEscapes) {
  EXPECT_FALSE(ignored("#a\n", "#a"));
  EXPECT_TRUE(ignored("\\#a\n", "#a"));
  EXPECT_TRUE(ignored("\\!a\r\n", "!a"));
  EXPECT_TRUE(ignored("a  \n", "a"));
  EXPECT_TRUE(ignored("a\\ \n", "a "));
  EXPECT_TRUE(
      ignored("\xEF\xBB\xBF"
              "a\n",
              "a"));
  EXPECT_FALSE(ignored("\n \n/\n!\n", "a"));
}

TEST(IgnoreRules, DeeperRulesComeFirst) {
  const auto outer =
      std::make_shared<IgnoreChain>(IgnoreChain{nullptr, 0, IgnoreRules::parse("*.md\n/sub/x")});
  const IgnoreChain inner{outer, 4, IgnoreRules::parse("!a.md\n/y")};
  EXPECT_FALSE(is_ignored(&inner, "sub/a.md", false));
  EXPECT_TRUE(is_ignored(&inner, "sub/b.md", false));
  EXPECT_TRUE(is_ignored(&inner, "sub/x", false));
  EXPECT_TRUE(is_ignored(&inner, "sub/y", false));
}

// A folder with rules and files at random, from few letters so that patterns match often.
class Thicket {
 public:
  explicit Thicket(unsigned seed) : random_(seed) {}

  void make(const fs::path& folder, int depth) {
    fs::create_directories(folder);
    if (depth == 0 || random_() % 2 == 0) rules(folder / ".gitignore");
    for (const char* name : {"a.txt", "b.txt", "ab.txt", "b a.txt", "c#.txt"})
      if (random_() % 2 == 0) std::ofstream(folder / name) << "text";
    if (depth < 3)
      for (const char* name : {"a", "b", "ab"})
        if (random_() % 3 > 0) make(folder / name, depth + 1);
  }

 private:
  std::string pick(std::initializer_list<const char*> from) { return from.begin()[random_() % from.size()]; }

  void rules(const fs::path& file) {
    std::ofstream out(file);
    for (std::size_t line = random_() % 5; line > 0; --line) {
      out << pick({"", "", "", "!", "/", "**/", "#", "!/"});
      for (std::size_t part = 1 + random_() % 3; part > 0; --part)
        out << pick({"a", "b", "*", "**", "?", "[ab]", "[!a]", "a*", "*.txt", "\\a", "ab", "[[:alpha:]]",
                     "b\\ a"})
            << (part > 1 ? pick({"/", "/", ""}) : "");
      out << pick({"", "", "/", "  ", "/**", "\r", "\\ "}) << "\n";
    }
  }

  std::mt19937 random_;
};

// The paths below `root` that git ignores of those given.
std::set<std::string> ignored_by_git(const fs::path& root, const std::vector<std::string>& paths) {
  std::string input, output;
  for (const std::string& path : paths) input += path + '\0';
  const ChildCommand command{
      {"git", "-C", root.string(), "check-ignore", "--no-index", "--stdin", "-z"},
      {{"PATH", std::getenv("PATH")}, {"HOME", root.string()}, {"GIT_CONFIG_NOSYSTEM", "1"}},
      input,
      {}};
  EXPECT_TRUE(run_child(command, [&](std::string_view part) { output += part; }, {}).ok());
  std::set<std::string> found;
  for (std::size_t at = 0; at < output.size();) {
    const std::size_t end = output.find('\0', at);
    found.insert(output.substr(at, end - at));
    at = end + 1;
  }
  return found;
}

bool has_git(const fs::path& root) {
  const ChildCommand command{
      {"git", "init", "-q", root.string()}, {{"PATH", std::getenv("PATH")}, {"HOME", root.string()}}, {}, {}};
  const auto end = run_child(command, [](std::string_view) {}, {});
  return end.ok() && (*end).code == 0;
}

TEST(IgnoreRules, WalkLeavesOutWhatGitIgnores) {
  const TempDir dir;
  if (!has_git(dir.path())) GTEST_SKIP() << "git is not installed";
  for (unsigned seed = 0; seed < 60; ++seed) {
    const fs::path root = dir.path() / std::to_string(seed);
    Thicket(seed).make(root, 0);
    ASSERT_TRUE(has_git(root));
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(root))
      if (entry.is_regular_file() && entry.path().extension() == ".txt")
        files.push_back(entry.path().lexically_relative(root).string());
    const std::set<std::string> left_out = ignored_by_git(root, files);
    std::set<std::string> expected, taken;
    for (const std::string& file : files)
      if (!left_out.contains(file)) expected.insert(file);
    for (const FoundFile& file : find_files({root.string()}).texts) taken.insert(file.name);
    EXPECT_EQ(taken, expected) << "seed " << seed;
  }
}

}  // namespace
}  // namespace rappel
