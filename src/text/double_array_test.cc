#include "text/double_array.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

namespace rappel {
namespace {

DoubleArray build(const std::vector<std::pair<std::string, std::int32_t>>& keys) {
  std::vector<TrieEntry> entries;
  for (const auto& [key, value] : keys) entries.push_back({key, value});
  return *DoubleArray::build(entries);
}

TEST(DoubleArray, FindsInsertedKeys) {
  const DoubleArray trie =
      build({{"a", 1}, {"ab", 2}, {"abc", 3}, {"b", 4}, {std::string("\0x", 2), 5}, {"\xff\xfe", 6}});
  EXPECT_EQ(trie.find("a"), 1);
  EXPECT_EQ(trie.find("ab"), 2);
  EXPECT_EQ(trie.find("abc"), 3);
  EXPECT_EQ(trie.find("b"), 4);
  EXPECT_EQ(trie.find(std::string("\0x", 2)), 5);
  EXPECT_EQ(trie.find("\xff\xfe"), 6);
  for (const char* absent : {"", "c", "ac", "abcd", "\xff", "x"})
    EXPECT_EQ(trie.find(absent), DoubleArray::kNone) << absent;
}

TEST(DoubleArray, EmptyAndDuplicateKeys) {
  EXPECT_EQ(build({}).find("a"), DoubleArray::kNone);
  const DoubleArray trie = build({{"", 1}, {"k", 2}, {"k", 3}});
  EXPECT_EQ(trie.find("k"), 3);  // the last one
  EXPECT_EQ(trie.find(""), DoubleArray::kNone);
}

TEST(DoubleArray, MatchesMap) {
  std::mt19937 random(5);
  for (int round = 0; round < 30; ++round) {
    const unsigned letters = round % 2 ? 3 : 256;
    std::map<std::string, std::int32_t> expected;
    std::vector<std::pair<std::string, std::int32_t>> keys;
    for (int i = 0; i < 3000; ++i) {
      std::string key;
      for (std::size_t n = random() % 24; n > 0; --n) key += static_cast<char>(random() % letters);
      keys.emplace_back(key, i);
      if (!key.empty()) expected[key] = i;
    }
    const DoubleArray trie = build(keys);
    for (const auto& [key, value] : expected) {
      ASSERT_EQ(trie.find(key), value);
      for (const std::string& near : {key + '\0', key + 'a', key.substr(0, key.size() - 1), key.substr(1)}) {
        const auto known = expected.find(near);
        ASSERT_EQ(trie.find(near), known == expected.end() ? DoubleArray::kNone : known->second);
      }
    }
  }
}

}  // namespace
}  // namespace rappel
