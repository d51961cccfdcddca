#include "ingest/source/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace rappel {
namespace {

TEST(Glob, StarStaysInItsFolder) {
  EXPECT_TRUE(glob_matches("*.md", "a.md"));
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_FALSE(glob_matches("*.md", "a/b.md"));
  EXPECT_TRUE(glob_matches("a/*/c", "a/b/c"));
  EXPECT_FALSE(glob_matches("a/*/c", "a/b/b/c"));
  EXPECT_FALSE(glob_matches("a?c", "a/c"));
  EXPECT_FALSE(glob_matches("a[/]c", "a/c"));
}

TEST(Glob, DoubleStarCrossesFolders) {
  EXPECT_TRUE(glob_matches("**/x", "x"));
  EXPECT_TRUE(glob_matches("**/x", "a/b/x"));
  EXPECT_TRUE(glob_matches("a/**/x", "a/x"));
  EXPECT_TRUE(glob_matches("a/**/x", "a/b/c/x"));
  EXPECT_TRUE(glob_matches("a/**", "a/b/c"));
  EXPECT_FALSE(glob_matches("a/**", "a"));
  EXPECT_FALSE(glob_matches("a**b", "a/b"));
  EXPECT_TRUE(glob_matches("**", "a/b"));
}

TEST(Glob, SetsHaveRangesClassesAndNegation) {
  EXPECT_TRUE(glob_matches("[a-c]x", "bx"));
  EXPECT_FALSE(glob_matches("[!a-c]x", "bx"));
  EXPECT_TRUE(glob_matches("[^a-c]x", "dx"));
  EXPECT_TRUE(glob_matches("[]-]", "]"));
  EXPECT_TRUE(glob_matches("[]-]", "-"));
  EXPECT_TRUE(glob_matches("[[:digit:]_]", "7"));
  EXPECT_TRUE(glob_matches("[[:digit:]_]", "_"));
  EXPECT_FALSE(glob_matches("[[:nothing:]]", "n"));
  EXPECT_TRUE(glob_matches("[\\]]", "]"));
  for (const char* malformed : {"[", "[a", "[a-", "[!", "[\\", "a\\"})
    for (const char* text : {"a", "[", "-", ""}) EXPECT_FALSE(glob_matches(malformed, text)) << malformed;
}

TEST(Glob, BackslashTakesACharacterAsItIs) {
  EXPECT_TRUE(glob_matches("\\*", "*"));
  EXPECT_FALSE(glob_matches("\\*", "a"));
  EXPECT_EQ(glob_literal_prefix("ab\\*"), 2u);
  EXPECT_FALSE(is_glob("plain/name.md"));
}

TEST(Glob, HostilePatternsTakeNoTime) {
  std::string pattern;
  for (int i = 0; i < 40; ++i) pattern += "*a";
  EXPECT_FALSE(glob_matches(pattern + "b", std::string(2000, 'a')));
  pattern.clear();
  for (int i = 0; i < 60; ++i) pattern += "**/a/";
  std::string path;
  for (int i = 0; i < 500; ++i) path += "a/";
  EXPECT_FALSE(glob_matches(pattern + "b", path));
}

}  // namespace
}  // namespace rappel
