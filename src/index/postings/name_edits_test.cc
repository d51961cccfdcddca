#include "index/postings/name_edits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/utf8.h"

namespace rappel {
namespace {

std::u32string decode(std::string_view text) {
  std::u32string out;
  for (std::size_t at = 0, length; at < text.size(); at += length) out += utf8_decode(text, at, length);
  return out;
}

// The naive twin: the whole table.
int distance(std::string_view first, std::string_view second) {
  const std::u32string a = decode(first), b = decode(second);
  std::vector<std::vector<int>> table(a.size() + 1, std::vector<int>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      int& edits = table[i][j];
      if (i == 0 || j == 0) {
        edits = static_cast<int>(i + j);
        continue;
      }
      edits = std::min(
          {table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        edits = std::min(edits, table[i - 2][j - 2] + 1);
    }
  return table[a.size()][b.size()];
}

int edits(std::string_view wanted, std::string_view name, int most = 3) {
  return NameEdits(wanted, most).of(name, 0);
}

TEST(NameEdits, CountsEditsOfCharacters) {
  EXPECT_EQ(edits("pump", "pump"), 0);
  EXPECT_EQ(edits("pump", "pumps"), 1);
  EXPECT_EQ(edits("pump", "ump"), 1);
  EXPECT_EQ(edits("pump", "bump"), 1);
  EXPECT_EQ(edits("pmup", "pump"), 1) << "neighbours exchanged";
  EXPECT_EQ(edits("pump", "dumps"), 2);
  EXPECT_EQ(edits("ca", "abc"), 3) << "no character is edited twice";
  EXPECT_EQ(edits("\xD0\xBD\xD0\xB0\xD1\x81\xD0\xBE\xD1\x81", "\xD0\xBD\xD0\xB0\xD1\x80\xD0\xBE\xD1\x81"), 1);
  EXPECT_EQ(edits("", "ab"), 2);
  EXPECT_EQ(edits("ab", ""), 2);
  EXPECT_EQ(edits("pump", "valve", 1), 2) << "most + 1";
}

TEST(NameEdits, SortedNamesEqualTheNaiveTwin) {
  std::mt19937 random(7);
  const std::string letters[] = {"a", "b", "c", "\xC3\xA9", "\xD1\x81"};
  const auto word = [&] {
    std::string text;
    for (unsigned n = random() % 9; n > 0; --n) text += letters[random() % std::size(letters)];
    return text;
  };
  std::vector<std::string> names;
  for (int i = 0; i < 1500; ++i) names.push_back(word());
  std::sort(names.begin(), names.end());
  std::size_t near = 0;
  for (int i = 0; i < 60; ++i) {
    const std::string wanted = word();
    const int most = static_cast<int>(random() % 4);
    NameEdits found(wanted, most);
    std::string before;
    for (const std::string& name : names) {
      const auto shared = std::mismatch(name.begin(), name.end(), before.begin(), before.end()).first;
      const int expected = std::min(distance(wanted, name), most + 1);
      EXPECT_EQ(found.of(name, static_cast<std::size_t>(shared - name.begin())), expected)
          << wanted << " " << name;
      near += expected <= most ? 1 : 0;
      before = name;
    }
  }
  EXPECT_GT(near, 1000u);
}

TEST(NameEdits, LongAndTornNamesAreSafe) {
  const std::string longest(300, 'x');
  EXPECT_EQ(edits(longest, longest), 0) << "the first 64 bytes";
  EXPECT_EQ(edits("\xF0\x9F", "\xF0"), 1);
  EXPECT_EQ(edits("x", "\xFF\xFE\xE2"), 3);
  const std::string start(3, 'x');
  for (const std::size_t shared : {0u, 3u, 64u, 300u}) {
    NameEdits near(start, 2);
    EXPECT_EQ(near.of(longest, 0), 3);
    EXPECT_EQ(near.of(start + longest, shared), 3);
  }
}

}  // namespace
}  // namespace rappel
