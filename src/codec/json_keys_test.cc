#include "codec/json_keys.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

TEST(JsonKeys, RepeatedKeysAreThoseOfOneObject) {
  EXPECT_EQ(repeated_key(R"({"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]})"), std::nullopt);
  EXPECT_EQ(repeated_key(R"({"a":1,"a":1})"), "a");
  EXPECT_EQ(repeated_key(R"({"a":[{"b":1,"c":2,"\u0062":3}]})"), "b");
  EXPECT_EQ(repeated_key(R"({"a":)"), std::nullopt);
  EXPECT_EQ(repeated_key(R"(["a","a"])"), std::nullopt);
  EXPECT_EQ(repeated_key(""), std::nullopt);
}

}  // namespace
}  // namespace rappel
