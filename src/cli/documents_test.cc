#include <gtest/gtest.h>

#include "base/units.h"
#include "cli/filter_args.h"
#include "ingest/source/manifest.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

Metadata written_by(const std::string& author, const std::string& date) {
  Metadata metadata;
  metadata.author = author;
  metadata.created_at = *Timestamp::parse(date);
  return metadata;
}

TEST(FilterArgs, PairsAndObjectsMeanTheSame) {
  const auto pairs = parse_filter(std::vector<std::string>{"author=Al = Bo", "start_date=2024-01-01"});
  const auto object = parse_filter(
      std::vector<std::string>{R"({"author":"Al = Bo","start_date":"2024-01-01","source":null})"});
  ASSERT_TRUE(pairs.ok());
  ASSERT_TRUE(object.ok());
  for (const Filter* filter : {&*pairs, &*object}) {
    EXPECT_TRUE(matches(*filter, "d", written_by("Al = Bo", "2024-01-01")));
    EXPECT_FALSE(matches(*filter, "d", written_by("Al = Bo", "2023-12-31")));
    EXPECT_FALSE(matches(*filter, "d", written_by("Al", "2024-01-02")));
    EXPECT_FALSE(filter->unrestricted());
  }
  const auto none = parse_filter({});
  ASSERT_TRUE(none.ok());
  EXPECT_TRUE((*none).unrestricted());
}

TEST(FilterArgs, MistakesAreNamed) {
  const auto message = [](const std::string& text) {
    const auto filter = parse_filter(std::vector<std::string>{text});
    return filter.ok() ? std::string() : filter.status().message();
  };
  EXPECT_NE(message("author").find("key=value"), std::string::npos);
  EXPECT_NE(message("$gte=red").find("$gte"), std::string::npos);
  EXPECT_NE(message("source=web").find("email, file or chat"), std::string::npos);
  EXPECT_NE(message(R"({"pages":{"above":1}})").find("unknown operator \"above\""), std::string::npos);
  EXPECT_NE(message("end_date=yesterday").find("end_date"), std::string::npos);
  EXPECT_NE(message("{\"author\":true}").find("author: expected a string"), std::string::npos);
  EXPECT_NE(message("{\"author\"").find("malformed JSON"), std::string::npos);
}

TEST(FilterArgs, CustomKeysTakeTextsAndWhatLooksLikeANumber) {
  const auto holds = [](const std::string& text, MetadataValue value) {
    Metadata metadata;
    metadata.custom.emplace("k", std::move(value));
    metadata.filesize = 7;
    const auto filter = parse_filter(std::vector<std::string>{text});
    EXPECT_TRUE(filter.ok()) << text;
    return filter.ok() && matches(*filter, "d", metadata);
  };
  EXPECT_TRUE(holds("k=red", "red"));
  EXPECT_TRUE(holds("k=3", 3));
  EXPECT_TRUE(holds("k=3", "3"));
  EXPECT_TRUE(holds("k=true", true));
  EXPECT_FALSE(holds("k=3", 4));
  EXPECT_FALSE(holds("colour=red", "red"));
  EXPECT_TRUE(holds("filesize=7", "x"));
  EXPECT_TRUE(holds(R"({"k":{"gte":3,"lt":4}})", 3.5));
}

TEST(DocumentsJson, ReadsMetadataOfAnImport) {
  const auto json = parse_json(
      R"({"id":5,"source":"email","source_id":12,"author":null,"created_at":"2024-05-06","x":["a"],"metadata":{"pages":3,"url":"u"}})");
  ASSERT_TRUE(json.ok());
  const auto metadata = read_line_metadata(*json);
  ASSERT_TRUE(metadata.ok());
  EXPECT_EQ(
      dump_json(metadata_json(*metadata)),
      R"({"source":"email","source_id":"12","url":"u","created_at":"2024-05-06","author":null,"filename":null,"filesize":null,"pages":3,"x":["a"]})");
  for (const char* bad : {R"({"source":"web"})", R"({"created_at":"soon"})", R"({"url":["a"]})",
                          R"({"x":[1]})", R"({"x":{"a":1}})", R"({"metadata":7})"})
    EXPECT_FALSE(read_line_metadata(*parse_json(bad)).ok()) << bad;
}

}  // namespace
}  // namespace rappel
