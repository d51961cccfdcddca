#include "store/metadata_json.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

Result<Metadata> read(const char* json) { return read_metadata(*parse_json(json)); }

TEST(MetadataJson, WritesFieldsThenCustomKeysInOrder) {
  const auto metadata = read(
      R"({"zeta":1,"author":"Al","filesize":7,"beta":[],"alpha":1.5,"due":"2024-05-06","flag":true,"none":null})");
  ASSERT_TRUE(metadata.ok()) << metadata.status().to_string();
  const std::string id = "d";
  EXPECT_EQ(
      dump_json(metadata_json(*metadata, &id)),
      R"({"source":null,"source_id":null,"url":null,"created_at":null,"author":"Al","filename":null,)"
      R"("filesize":7,"document_id":"d","alpha":1.5,"beta":[],"due":"2024-05-06","flag":true,"zeta":1})");
  EXPECT_TRUE(std::holds_alternative<Timestamp>(metadata->custom.at("due")));
}

TEST(MetadataJson, NumbersAreTakenAsTextWhereAFieldIsText) {
  const auto metadata = read(R"({"source_id":12,"created_at":2024})");
  ASSERT_TRUE(metadata.ok()) << metadata.status().to_string();
  EXPECT_EQ(metadata->source_id, "12");
  EXPECT_EQ(metadata->created_at->second, 1704067200);
}

TEST(MetadataJson, UnsupportedShapesAreRefusedByKey) {
  const auto message = [](const char* json) {
    const auto metadata = read(json);
    EXPECT_FALSE(metadata.ok()) << json;
    return metadata.status().message();
  };
  EXPECT_NE(message(R"({"box":{"a":1}})").find("\"box\""), std::string::npos);
  EXPECT_NE(message(R"({"sizes":[1,2]})").find("\"sizes\""), std::string::npos);
  EXPECT_NE(message(R"({"big":9223372036854775808})").find("\"big\""), std::string::npos);
  EXPECT_NE(message(R"({"url":["a"]})").find("url: "), std::string::npos);
  EXPECT_NE(message(R"({"source":"web"})").find("source: "), std::string::npos);
  EXPECT_NE(message(R"({"document_id":"x"})").find("document_id"), std::string::npos);
  EXPECT_FALSE(read("[]").ok());
}

TEST(MetadataJson, TheColumnTextReadsBackAsItWas) {
  CustomMetadata custom = {{"a", std::string("x\"y\n\xC3\xA9")},
                           {"b", std::int64_t{INT64_MIN}},
                           {"c", 0.1},
                           {"d", false},
                           {"e", Timestamp{"2024-05-06", 1714953600}},
                           {"f", std::vector<std::string>{"", "x"}},
                           {"g", 3.0}};
  const auto read_back = parse_custom(custom_text_of(custom));
  ASSERT_TRUE(read_back.ok()) << read_back.status().to_string();
  EXPECT_EQ(*read_back, custom);
}

}  // namespace
}  // namespace rappel
