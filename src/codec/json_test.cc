#include "codec/json.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/os/file.h"
#include "testing/shared_data.h"

namespace rappel {
namespace {

TEST(Json, KeepsMemberOrderAndReplacesBadUtf8) {
  const auto value = parse_json(R"({"b":1,"a":[null,"é"]})");
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(dump_json(*value), "{\"b\":1,\"a\":[null,\"é\"]}");
  EXPECT_EQ(dump_json(Json("\xff")), "\"\xef\xbf\xbd\"");
}

TEST(Json, TypedMembers) {
  const Json object{{"text", "a"}, {"integer", 3}, {"number", 0.5}};
  EXPECT_EQ(*json_string(object, "text"), "a");
  EXPECT_EQ(*json_integer(object, "integer"), 3);
  EXPECT_EQ(*json_number(object, "integer"), 3);
  EXPECT_EQ(*json_number(object, "number"), 0.5);
  EXPECT_EQ(json_integer(object, "number").status().message(),
            "member \"number\" is missing or not an integer");
  EXPECT_FALSE(json_number(object, "text").ok());
  EXPECT_FALSE(json_number(object, "another").ok());
  EXPECT_FALSE(json_number(Json(3), "number").ok());
  EXPECT_FALSE(json_string(Json::array(), "text").ok());
}

TEST(Json, NestingDepthIsLimited) {
  EXPECT_TRUE(parse_json(std::string(60, '[') + std::string(60, ']')).ok());
  const auto deep = parse_json(std::string(100000, '[') + std::string(100000, ']'));
  EXPECT_EQ(deep.status().code(), Code::kInvalidArgument);
}

// Work that grows with the square of the values would take hours here.
TEST(Json, ManyValuesTakeLinearTime) {
  std::string list = "[{}";
  for (int i = 0; i < 1'000'000; ++i) list += ",{}";
  const auto objects = parse_json(list + "]");
  ASSERT_TRUE(objects.ok());
  EXPECT_EQ(objects->size(), 1'000'001u);
  std::string members;
  for (int i = 0; i < 1'000'000; ++i) members += ",\"k" + std::to_string(i) + "\":1";
  EXPECT_EQ(parse_json("{\"a\":1" + members + "}").status().message(),
            "a JSON object has more than 16384 members");
}

TEST(Json, SignsInStringsAreNoValues) {
  const std::string signs = "[[[{{{,,,\\\"]]\\\\";
  const auto value = parse_json("{\"" + signs + "\":[\"" + signs + "\"]}", 2);
  ASSERT_TRUE(value.ok()) << value.status().to_string();
  EXPECT_EQ(value->begin().key(), "[[[{{{,,,\"]]\\");
  EXPECT_EQ(parse_json("[[1,2],[3]]", 2)->size(), 2u);
  EXPECT_FALSE(parse_json("[[1,2],[[3]]]", 2).ok());
  for (const char* cut : {"\"", "\"\\", "[\"a", "]]", "{]}", "[,", ""})
    EXPECT_FALSE(parse_json(cut).ok()) << cut;
}

// JSONTestSuite: y_ must be accepted, n_ rejected, i_ may be either but must not crash.
TEST(Json, TestSuite) {
  const auto folder = shared_data("hostile/json");
  if (!folder) GTEST_SKIP() << missing_shared_data();
  int cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".json") continue;
    const bool ok = parse_json(*read_file(entry.path())).ok();
    if (name[0] != 'i') {
      EXPECT_EQ(ok, name.starts_with("y_")) << name;
    }
    ++cases;
  }
  EXPECT_GE(cases, 200);
}

}  // namespace
}  // namespace rappel
