#include "retrieve/origin_marks.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace rappel {
namespace {

OriginMarks with_screening(Screening screening) {
  IngestSettings settings;
  settings.screening = screening;
  return OriginMarks(settings);
}

TEST(OriginMarks, ScreeningThatChangesTheTextIsAnotherContent) {
  EXPECT_EQ(with_screening(Screening::kOff).content("h"), "h");
  EXPECT_EQ(with_screening(Screening::kReport).content("h"), "h");
  EXPECT_EQ(with_screening(Screening::kRedact).content("h"), "h redacted");
  EXPECT_EQ(with_screening(Screening::kSkip).content("h"), "h screened");
  EXPECT_EQ(with_screening(Screening::kRedact).settings({}), "");
}

TEST(OriginMarks, MailKnowsTheNumberOfItsAttachments) {
  IngestSettings settings;
  settings.attachments = Attachments::kDocument;
  const OriginMarks documents(settings);
  settings.attachments = Attachments::kSkip;
  const OriginMarks skipped(settings);
  settings.screening = Screening::kRedact;
  settings.attachments = Attachments::kDocument;
  const OriginMarks redacted(settings);
  const std::string content = documents.mail_content("h", 12);
  EXPECT_EQ(documents.attached_in(content, "h"), 12u);
  EXPECT_EQ(documents.attached_in(content, "i"), std::nullopt);
  EXPECT_EQ(documents.attached_in("h", "h"), std::nullopt) << "stored with the text of its attachments";
  EXPECT_EQ(skipped.attached_in(content, "h"), std::nullopt);
  EXPECT_EQ(redacted.attached_in(content, "h"), std::nullopt);
  EXPECT_EQ(documents.attached_in(content + "x", "h"), std::nullopt);
  EXPECT_EQ(skipped.attached_in(skipped.mail_content("h", 0), "h"), 0u);
}

TEST(OriginMarks, GivenMetadataAndTheirWayAreSettings) {
  IngestSettings settings;
  const std::string sidecar = "{\"author\":\"Ann\"}";
  const std::string plain = OriginMarks(settings).settings({}),
                    beside = OriginMarks(settings).settings(sidecar);
  settings.metadata.author = "Bo";
  const OriginMarks given(settings);
  settings.extract_metadata = true;
  const OriginMarks extracted(settings);
  const std::set<std::string> all = {plain,
                                     beside,
                                     given.settings({}),
                                     given.settings(sidecar),
                                     extracted.settings({}),
                                     extracted.settings(sidecar)};
  EXPECT_EQ(all.size(), 6u) << "each is another document";
  EXPECT_EQ(plain, "");
  EXPECT_EQ(OriginMarks(settings).settings({}), extracted.settings({})) << "the same in the next run";
}

}  // namespace
}  // namespace rappel
