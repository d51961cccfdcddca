#include <gtest/gtest.h>

#include "base/os/file.h"
#include "base/units.h"
#include "cli/filter_args.h"
#include "ingest/source/manifest.h"
#include "store/metadata_json.h"
#include "testing/temp_dir.h"

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

std::string refusal(const std::string& text, FilterUse use = FilterUse::kSearch) {
  const auto filter = parse_filter(std::vector<std::string>{text}, use);
  EXPECT_FALSE(filter.ok()) << text;
  return filter.status().message();
}

TEST(FilterArgs, JsonAfterWhiteSpace) {
  for (const char* text : {" {\"author\":\"Al\"}", "\n\t{ \"author\" : \"Al\" }\n"}) {
    const auto filter = parse_filter(std::vector<std::string>{text});
    ASSERT_TRUE(filter.ok()) << text << filter.status().message();
    EXPECT_TRUE(matches(*filter, "d", written_by("Al", "2024-01-01")));
    EXPECT_FALSE(matches(*filter, "d", written_by("Ben", "2024-01-01")));
  }
}

TEST(FilterArgs, AFileHoldsTheObject) {
  const TempDir folder;
  const auto path = folder.path() / "filter.json";
  for (const char* content : {"{\"author\":\"Al\"}", "\xEF\xBB\xBF\n {\"author\":\"Al\"}\n"}) {
    ASSERT_TRUE(write_file_atomic(path, content).ok());
    const auto filter = parse_filter(std::vector<std::string>{"@" + path.string(), "start_date=2024-01-01"});
    ASSERT_TRUE(filter.ok()) << filter.status().message();
    EXPECT_TRUE(matches(*filter, "d", written_by("Al", "2024-01-01")));
    EXPECT_FALSE(matches(*filter, "d", written_by("Al", "2023-12-31")));
    EXPECT_FALSE(matches(*filter, "d", written_by("Ben", "2024-01-01")));
  }
  for (const char* content : {"", "author=Al", "[]", "{\"author\"", "{} {}"}) {
    ASSERT_TRUE(write_file_atomic(path, content).ok());
    EXPECT_NE(refusal("@" + path.string()).find("JSON"), std::string::npos) << content;
  }
  EXPECT_NE(refusal("@" + (folder.path() / "none.json").string()).find("none.json"), std::string::npos);
  EXPECT_NE(refusal("@" + folder.path().string()).find("folder"), std::string::npos);
  EXPECT_NE(refusal("@type=x").find("begins with @"), std::string::npos);
}

TEST(FilterArgs, TextsThatAreNoFilterSayWhatToWrite) {
  for (const char* text : {"", " ", "author", "author: Al", "\"author\"", "[]", "[{\"author\":\"Al\"}]", "@"})
    EXPECT_FALSE(refusal(text).empty()) << text;
  EXPECT_NE(refusal("author Al").find("key=value"), std::string::npos);
  EXPECT_NE(refusal("[1]").find("JSON object"), std::string::npos);
  EXPECT_NE(refusal("=Al").find("key before ="), std::string::npos);
  EXPECT_NE(refusal("pages>=3").find("{\"pages\":{\"gte\":..}}"), std::string::npos);
  EXPECT_NE(refusal("pages<=3").find("lte"), std::string::npos);
  EXPECT_NE(refusal("author!=Al").find("ne"), std::string::npos);
  EXPECT_NE(refusal("author = Al").find("spaces around"), std::string::npos);
  EXPECT_NE(refusal("{\"author\":\"Al\",\"author\":\"Ben\"}").find("\"author\" stands twice"),
            std::string::npos);
  EXPECT_NE(refusal("{\"k\":{\"gte\":3,\"gte\":1}}").find("\"gte\" stands twice"), std::string::npos);
}

TEST(FilterArgs, ARemovalTakesNoNull) {
  EXPECT_TRUE(parse_filter(std::vector<std::string>{R"({"author":null})"}).ok());
  EXPECT_NE(refusal(R"({"source":"chat","author":null})", FilterUse::kRemoval).find("author: null"),
            std::string::npos);
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
