#include "text/token_table.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

std::string table_bytes() { return std::string("\3\0\0\0\2\0\1", 7) + "abc"; }

TEST(TokenTable, GivesTheBytesOfEachId) {
  const auto table = TokenTable::parse(table_bytes());
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->size(), 3u);
  EXPECT_EQ(table->bytes_of(0), "ab");
  EXPECT_EQ(table->bytes_of(2), "c");
}

TEST(TokenTable, IdsOutsideAndGapsHaveNoBytes) {
  const auto table = TokenTable::parse(table_bytes());
  ASSERT_TRUE(table.ok());
  for (const std::int64_t id : {std::int64_t{1}, std::int64_t{3}, std::int64_t{-1}, std::int64_t{1} << 40})
    EXPECT_FALSE(table->bytes_of(id)) << id;
}

TEST(TokenTable, DamageIsRefused) {
  const std::string good = table_bytes();
  for (std::size_t length = 0; length < good.size(); ++length)
    EXPECT_FALSE(TokenTable::parse(good.substr(0, length)).ok()) << length;
  EXPECT_FALSE(TokenTable::parse(good + "d").ok());
  std::string count = good;
  count[3] = '\x7f';
  EXPECT_FALSE(TokenTable::parse(count).ok());
}

}  // namespace
}  // namespace rappel
