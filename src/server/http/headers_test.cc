#include "server/http/headers.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

TEST(Headers, NamesMatchWithoutCaseAndOrderIsKept) {
  Headers headers;
  headers.add("X-Forwarded-For", "1.2.3.4");
  headers.add("Accept", "text/html");
  headers.add("x-forwarded-for", "5.6.7.8");
  EXPECT_EQ(headers.get("x-FORWARDED-for"), "1.2.3.4");
  EXPECT_EQ(headers.all("X-Forwarded-For"), (std::vector<std::string_view>{"1.2.3.4", "5.6.7.8"}));
  EXPECT_EQ(headers.get("absent"), "");
  EXPECT_FALSE(headers.has("x-forwarded"));
  EXPECT_EQ(headers.begin()->first, "X-Forwarded-For");
}

TEST(Headers, SetReplacesEveryValue) {
  Headers headers;
  headers.add("A", "1");
  headers.add("a", "2");
  headers.set("a", "3");
  EXPECT_EQ(headers.all("A"), std::vector<std::string_view>{"3"});
}

TEST(Headers, AFieldThatIsPresentAndEmptyIsPresent) {
  Headers headers;
  headers.add("Origin", "");
  EXPECT_TRUE(headers.has("origin"));
  EXPECT_EQ(headers.get("origin"), "");
}

}  // namespace
}  // namespace rappel
