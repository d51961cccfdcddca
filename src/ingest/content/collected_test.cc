#include "ingest/content/collected.h"

#include <gtest/gtest.h>

#include "ingest/content/outlined_text.h"

namespace rappel {
namespace {

TEST(CollectedContent, TextHasPartsAndJsonHasStructure) {
  CollectedContent content;
  ASSERT_TRUE(content.property("title", "T").ok());
  ASSERT_TRUE(content.property("title", "second").ok());
  ASSERT_TRUE(content.property("author", " ").ok());
  ASSERT_TRUE(content.part({.kind = PartKind::kSheet, .name = "One"}).ok());
  ASSERT_TRUE(content.block({.kind = BlockKind::kTableRow, .text = "a\tb", .row = 1}).ok());
  ASSERT_TRUE(content.block({.kind = BlockKind::kTableRow, .text = " \t ", .row = 2}).ok());
  ASSERT_TRUE(content.part({.kind = PartKind::kSheet, .name = "Two", .hidden = true}).ok());
  ASSERT_TRUE(content.block({.kind = BlockKind::kHeading, .text = "Head", .level = 2}).ok());
  EXPECT_EQ(text_of(content), "a\tb\n\fHead");
  EXPECT_EQ(json_of(content, outlined_text_of(content), "xlsx"),
            R"({"kind":"xlsx","headings":[{"level":2,"text":"Head"}],"sheets":[{"name":"One","hidden":false,)"
            R"("rows":1},{"name":"Two","hidden":true,"rows":0}],"metadata":{"title":"T"}})");
}

TEST(CollectedContent, TextOfAttachmentsFollowsTheirPart) {
  CollectedContent content;
  for (const char* text : {"first", "second"}) {
    ASSERT_TRUE(content.part({.kind = PartKind::kMessage}).ok());
    ASSERT_TRUE(content.block({.text = text}).ok());
    ASSERT_TRUE(content.attachment({text, "", ""}).ok());
  }
  const OutlinedText texts[] = {{"one", {}}, {"two", {}}};
  const auto text = outlined_text_of(content, [&](std::size_t i) { return texts[i]; });
  EXPECT_EQ(text.text, "first\none\nsecond\ntwo");
  EXPECT_EQ(text_of(content), "first\nsecond");
}

TEST(CollectedContent, TooMuchTextIsRefusedAndTheRestKept) {
  CollectedContent content({.text_bytes = 10});
  EXPECT_TRUE(content.block({.text = "12345"}).ok());
  EXPECT_EQ(content.block({.text = "123456"}).code(), Code::kResourceExhausted);
  EXPECT_EQ(text_of(content), "12345");
}

}  // namespace
}  // namespace rappel
