#include "ingest/screen/text_judge.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

// Says what the test sets.
class SaidJudge final : public TextJudge {
 public:
  Result<Metadata> metadata(std::string_view, const std::stop_token&) override {
    ++calls;
    if (!failure.ok()) return failure;
    return said;
  }
  Result<bool> has_personal_data(std::string_view text, const std::stop_token&) override {
    ++calls;
    read = text;
    if (!failure.ok()) return failure;
    return personal;
  }
  Metadata said;
  bool personal = false;
  Status failure;
  std::string read;
  int calls = 0;
};

class TextJudgeTest : public testing::Test {
 protected:
  bool screen(Screening screening, std::string text) {
    warnings_.clear();
    text_ = std::move(text);
    return judged_screening(screening, text_, &judge_, {}, warnings_);
  }
  Metadata metadata(std::string_view text) { return judged_metadata(text, &judge_, {}, warnings_); }

  SaidJudge judge_;
  std::string text_;
  std::vector<std::string> warnings_;
};

TEST_F(TextJudgeTest, JudgedMetadataStandInPlaceOfThoseOfRules) {
  judge_.said.author = "Ada Lovelace";
  judge_.said.source = "email";
  const Metadata metadata = this->metadata("Title: Notes\nAuthor: A. L.\nURL: https://example.org/n\n");
  EXPECT_EQ(metadata.author, "Ada Lovelace");
  EXPECT_EQ(metadata.source, "email");
  EXPECT_EQ(metadata.url, "https://example.org/n");
  EXPECT_EQ(metadata.custom.at("title"), MetadataValue("Notes"));
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(TextJudgeTest, FailureLeavesTheRules) {
  judge_.failure = Status(Code::kUnavailable, "cannot ask the chat model: no answer", "secret cause");
  EXPECT_EQ(metadata("Author: Al\n").author, "Al");
  EXPECT_EQ(warnings_,
            (std::vector<std::string>{"cannot ask the chat model: no answer; rules alone were used"}));
  EXPECT_TRUE(screen(Screening::kSkip, "Ada lives in London."));
  EXPECT_EQ(warnings_.size(), 1u);
  judge_.failure = Status(Code::kCancelled, "cancelled");
  EXPECT_TRUE(screen(Screening::kSkip, "Ada lives in London."));
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(TextJudgeTest, ScreeningAsksAboutTextsThatRulesLetPass) {
  judge_.personal = true;
  EXPECT_FALSE(screen(Screening::kSkip, "Ada lives at 12 Some Street."));
  EXPECT_TRUE(screen(Screening::kReport, "Ada lives at 12 Some Street."));
  EXPECT_EQ(warnings_.size(), 1u);
  EXPECT_TRUE(screen(Screening::kRedact, "Ada (ada@example.org) lives at 12 Some Street."));
  EXPECT_EQ(judge_.read, "Ada (***************) lives at 12 Some Street.") << "redacted before it is sent";
  EXPECT_EQ(warnings_.size(), 2u);
  judge_.calls = 0;
  EXPECT_TRUE(screen(Screening::kOff, "Ada lives at 12 Some Street."));
  EXPECT_FALSE(screen(Screening::kSkip, "ada@example.org"));
  EXPECT_TRUE(screen(Screening::kReport, "ada@example.org"));
  EXPECT_EQ(judge_.calls, 0) << "what rules find needs no model";
  judge_.personal = false;
  EXPECT_TRUE(screen(Screening::kSkip, "Badgers dig."));
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(TextJudgeTest, TextThatIsReadInPartIsNamed) {
  EXPECT_TRUE(screen(Screening::kSkip, std::string(TextJudge::kMostBytes + 1, 'x')));
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_NE(warnings_[0].find("first 64 KiB"), std::string::npos);
}

TEST_F(TextJudgeTest, WithoutAJudgeRulesDecide) {
  std::vector<std::string> warnings;
  std::string text = "ada@example.org";
  EXPECT_FALSE(judged_screening(Screening::kSkip, text, nullptr, {}, warnings));
  EXPECT_EQ(judged_metadata("Author: Al\n", nullptr, {}, warnings).author, "Al");
  EXPECT_TRUE(warnings.empty());
}

}  // namespace
}  // namespace rappel
