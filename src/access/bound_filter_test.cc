#include "access/bound_filter.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

Result<Filter> bound(std::vector<std::string> texts, const char* scopes = "read") {
  auto json = bound_json(texts);
  return json.ok() ? read_bound(*json, *parse_scopes(scopes)) : json.status();
}

TEST(BoundFilter, PairsAndObjectsAllHold) {
  const auto team = [](const char* name) {
    Metadata metadata;
    metadata.custom = {{"team", std::string(name)}};
    return metadata;
  };
  EXPECT_TRUE(matches(*bound({"team=x"}), "a", team("x")));
  EXPECT_FALSE(matches(*bound({"team=x"}), "a", team("y")));
  EXPECT_FALSE(matches(*bound({"team=x"}), "a", {}));
  Metadata metadata;
  metadata.custom = {{"team", std::string("x")}, {"level", std::int64_t{2}}};
  metadata.source = "file";
  const Filter filter = *bound({"team=x", R"({"level":{"$lt":3}})", "source=file"});
  EXPECT_TRUE(matches(filter, "a", metadata));
  metadata.source = "chat";
  EXPECT_FALSE(matches(filter, "a", metadata));
}

TEST(BoundFilter, RestrictsSomething) {
  for (const char* text :
       {"{}", R"({"team":{"$nin":[]}})", R"({"$not":{"$or":[]}})", R"({"team":"x","author":null})",
        R"({"team":"x","team":"y"})", "@file=x", "team", "=x", "{", "[]"})
    EXPECT_FALSE(bound({text}).ok()) << text;
}

TEST(BoundFilter, NamesNoDocumentIds) {
  EXPECT_FALSE(bound({"document_id=a"}).ok());
  EXPECT_FALSE(bound({R"({"$or":[{"team":"x"},{"document_id":"a"}]})"}).ok());
}

TEST(BoundFilter, TokensThatWriteHaveEqualities) {
  const std::string ranges = R"({"level":{"$lt":3}})", either = R"({"team":["x","y"]})",
                    negated = R"({"team":{"$ne":"x"}})";
  for (const std::string& text : {ranges, either, negated}) {
    EXPECT_TRUE(bound({text}).ok()) << text;
    EXPECT_FALSE(bound({text}, "write").ok()) << text;
    EXPECT_FALSE(bound({text}, "admin").ok()) << text;
  }
  EXPECT_TRUE(bound({"team=x", "source=file"}, "read,write").ok());
  EXPECT_FALSE(bound({"team=x", "team=y"}, "write").ok());
  EXPECT_FALSE(bound({"source=nowhere"}, "write").ok());
}

TEST(BoundFilter, StampReplacesWhatTheDocumentSays) {
  const Filter filter = *bound({"team=x", "source=file", R"({"level":3})"}, "write");
  Metadata metadata;
  metadata.source = "chat";
  metadata.author = "Ann";
  metadata.custom = {{"team", std::vector<std::string>{"x", "y"}}, {"other", true}};
  ASSERT_TRUE(stamp(filter, metadata).ok());
  EXPECT_TRUE(matches(filter, "a", metadata));
  EXPECT_EQ(metadata.source, "file");
  EXPECT_EQ(metadata.author, "Ann");
  EXPECT_EQ(metadata.custom.at("team"), MetadataValue(std::string("x")));
  EXPECT_EQ(metadata.custom.at("other"), MetadataValue(true));
}

}  // namespace
}  // namespace rappel
