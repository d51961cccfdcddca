#include "codec/json_strings.h"

#include <gtest/gtest.h>

#include <vector>

namespace rappel {
namespace {

using Found = std::vector<std::pair<std::string, std::string>>;

Status visit(std::string_view text, Found& found, int max_depth = 64) {
  return visit_json_strings(
      text,
      [&](std::string_view path, std::string& value) {
        found.emplace_back(path, value);
        return value != "stop";
      },
      max_depth);
}

TEST(JsonStrings, HavePaths) {
  Found found;
  ASSERT_TRUE(visit(R"({"sha":"a","n":[1,null,true,2.5],"deep":{"er":{"x":"b"},"y":"c"},
                        "list":[{"name":"d","other":["e",["f"]]},"g"],"end":"h"})",
                    found)
                  .ok());
  EXPECT_EQ(found, (Found{{"sha", "a"},
                          {"deep.er.x", "b"},
                          {"deep.y", "c"},
                          {"list[].name", "d"},
                          {"list[].other[]", "e"},
                          {"list[].other[][]", "f"},
                          {"list[]", "g"},
                          {"end", "h"}}));
}

TEST(JsonStrings, VisitorEndsTheReading) {
  Found found;
  EXPECT_TRUE(visit(R"(["a","stop","b", this is not read)", found).ok());
  EXPECT_EQ(found.size(), 2u);
}

TEST(JsonStrings, DamageIsAnError) {
  Found found;
  for (const char* text : {"", "{", "[1,]", "{\"a\":1} 2", "[\"\xff\"]", "[1e999]"})
    EXPECT_EQ(visit(text, found).code(), Code::kInvalidArgument) << text;
  EXPECT_TRUE(visit("[[[]]]", found, 3).ok());
  EXPECT_EQ(visit("[[[[]]]]", found, 3).message(), "JSON is nested deeper than 3 levels");
  EXPECT_FALSE(visit(std::string(1'000'000, '['), found).ok());
}

}  // namespace
}  // namespace rappel
