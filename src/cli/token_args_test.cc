#include "cli/token_args.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

TEST(TokenArgs, ExpiryIsATimeFromNowOrADate) {
  EXPECT_EQ(*parse_expiry("30d", 1000), 1000 + 30 * 86400);
  EXPECT_EQ(*parse_expiry("12h", 0), 12 * 3600);
  EXPECT_EQ(*parse_expiry("2w", 0), 14 * 86400);
  EXPECT_EQ(*parse_expiry("1970-01-02", 5), 86400);
  for (const char* wrong : {"", "d", "0d", "-1d", "3", "3y", "soon", "1.5d", "999999999d", "1970-01-01"})
    EXPECT_FALSE(parse_expiry(wrong, 5).ok()) << wrong;
}

}  // namespace
}  // namespace rappel
