#include "text/words/word_hash.h"

#include <gtest/gtest.h>

#include <string>

namespace rappel {
namespace {

// Indexes on disk hold these values; they are those of the xxHash library 0.8.
TEST(WordHash, IsXxh3) {
  EXPECT_EQ(word_hash(""), 0x2D06800538D394C2u);
  EXPECT_EQ(word_hash("a"), 0xE6C632B61E964E1Fu);
  EXPECT_EQ(word_hash("abc"), 0x78AF5F94892F3950u);
  EXPECT_EQ(word_hash("seven77"), 0x96A36DDB06CA0D07u);
  EXPECT_EQ(word_hash("retrieval"), 0x5053107A8885529Eu);
  EXPECT_EQ(word_hash("Nobody inspects the spammish repetition"), 0x6CB00603B5CC47E9u);
  EXPECT_EQ(word_hash("\u00e9\u6f22\u5b57"), 0xEC6D8B9AD3F2F478u);
  EXPECT_EQ(word_hash(std::string(31, 'x')), 0x987FADAA1D896370u);
  EXPECT_EQ(word_hash(std::string(32, 'x')), 0x4E0C9E78CF63407Fu);
  EXPECT_EQ(word_hash(std::string(64, 'x')), 0x269CB9F6ACF81244u);
}

}  // namespace
}  // namespace rappel
