#include "access/new_token.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

TEST(NewToken, ExpiryIsATimeFromNowOrADate) {
  EXPECT_EQ(*parse_expiry("30d", 1000), 1000 + 30 * 86400);
  EXPECT_EQ(*parse_expiry("12h", 0), 12 * 3600);
  EXPECT_EQ(*parse_expiry("2w", 0), 14 * 86400);
  EXPECT_EQ(*parse_expiry("1970-01-02", 5), 86400);
  for (const char* wrong : {"", "d", "0d", "-1d", "3", "3y", "soon", "1.5d", "999999999d", "1970-01-01"})
    EXPECT_FALSE(parse_expiry(wrong, 5).ok()) << wrong;
}

TEST(NewToken, BecomesARecord) {
  const auto record = token_record({.name = "a",
                                    .scopes = {"read", "write"},
                                    .expires = "1h",
                                    .rate = "5/s",
                                    .max_body = 10,
                                    .filter = {{"team", "x"}},
                                    .collections = {"notes"}},
                                   1000);
  ASSERT_TRUE(record.ok()) << record.status().to_string();
  EXPECT_EQ(token_json(*record), (Json{{"name", "a"},
                                       {"scopes", "read,write"},
                                       {"created_at", ""},
                                       {"expires_at", "1970-01-01T01:16:40.000000Z"},
                                       {"rate", "5/s"},
                                       {"max_body", 10},
                                       {"filter", {{"team", "x"}}},
                                       {"collections", {"notes"}}}));
  EXPECT_EQ(scopes_text(token_record({.name = "a"}, 0)->scopes), "read");
  EXPECT_FALSE(token_record({.name = "a", .scopes = {"all"}}, 0).ok());
  EXPECT_FALSE(token_record({.name = "a", .rate = "much"}, 0).ok());
  EXPECT_FALSE(token_record({.name = "a", .max_body = -1}, 0).ok());
}

}  // namespace
}  // namespace rappel
