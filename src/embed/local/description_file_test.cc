#include "embed/local/description_file.h"

#include <gtest/gtest.h>

#include "base/os/file.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

class DescriptionFileTest : public testing::Test {
 protected:
  Result<RerankerDescription> read(std::string_view text) {
    EXPECT_TRUE(write_file_atomic(folder_.path() / "rappel.json", text).ok());
    return read_reranker_description(folder_.path());
  }
  TempDir folder_;
};

TEST_F(DescriptionFileTest, ModelWithoutTheFileHasFullWeightAndNoLimits) {
  const auto description = read_reranker_description(folder_.path());
  ASSERT_TRUE(description.ok()) << description.status().to_string();
  EXPECT_EQ(description->blend_weight, 1);
  EXPECT_EQ(description->depth, 0u);
  EXPECT_TRUE(description->languages.empty());
  EXPECT_TRUE(description->reads("zh"));
  EXPECT_TRUE(description->reads(""));
}

TEST_F(DescriptionFileTest, ReadsEachMember) {
  const auto description = read(R"({"blend_weight": 0.25, "depth": 7, "languages": ["fr", "en"]})");
  ASSERT_TRUE(description.ok()) << description.status().to_string();
  EXPECT_EQ(description->blend_weight, 0.25);
  EXPECT_EQ(description->depth, 7u);
  EXPECT_EQ(description->languages, (std::vector<std::string>{"fr", "en"}));
  EXPECT_TRUE(description->reads("fr"));
  EXPECT_FALSE(description->reads("zh"));
  EXPECT_FALSE(description->reads(""));
}

TEST_F(DescriptionFileTest, AbsentMembersKeepTheirDefaults) {
  const auto description = read(R"({"depth": 3})");
  ASSERT_TRUE(description.ok()) << description.status().to_string();
  EXPECT_EQ(description->blend_weight, 1);
  EXPECT_EQ(description->depth, 3u);
  EXPECT_TRUE(description->languages.empty());
}

TEST_F(DescriptionFileTest, WrongValuesAreRefusedByName) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"blend_weight": 1.5})", "blend_weight"},
      {R"({"blend_weight": "1"})", "blend_weight"},
      {R"({"depth": -1})", "depth"},
      {R"({"depth": 2.5})", "depth"},
      {R"({"languages": "en"})", "languages"},
      {R"({"languages": ["English"]})", "languages"},
      {R"({"languages": [1]})", "languages"},
      {R"({"language": ["en"]})", "unknown member \"language\""},
      {R"([1])", "not a JSON object"},
      {R"({"depth": )", "rappel.json"}};
  for (const auto& [text, named] : cases) {
    const auto description = read(text);
    EXPECT_EQ(description.status().code(), Code::kCorrupt) << text;
    EXPECT_NE(description.status().message().find(named), std::string::npos)
        << description.status().to_string();
  }
}

}  // namespace
}  // namespace rappel
