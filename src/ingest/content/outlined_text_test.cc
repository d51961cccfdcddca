#include "ingest/content/outlined_text.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ingest/content/rendered_content.h"

namespace rappel {
namespace {

// "page 1 'iv' at 0; heading 2 \"Head\"; .." in order.
std::string described(const OutlinedText& text) {
  constexpr const char* kNames[] = {"page", "slide",   "sheet", "chapter", "message",
                                    "file", "heading", "table", "list",    "code"};
  std::string out;
  for (const OutlineMark& mark : text.outline.marks) {
    const std::string range = text.text.substr(mark.begin, mark.end - mark.begin);
    const std::string& name = text.outline.name_of(mark);
    out += fmt::format("{}{}{}{} at {}{}\n", kNames[static_cast<int>(mark.kind)],
                       mark.level > 0 ? fmt::format(" level {}", mark.level) : "",
                       mark.number > 0 ? fmt::format(" {}", mark.number) : "",
                       name.empty() ? "" : " '" + name + "'", mark.begin,
                       range.empty() ? "" : " \"" + range + "\"");
  }
  return out;
}

class OutlinedTextTest : public testing::Test {
 protected:
  void part(Part part) { ASSERT_TRUE(content_.part(std::move(part)).ok()); }
  void add(Block block) { ASSERT_TRUE(content_.block(std::move(block)).ok()); }
  void row(const std::string& text, std::uint32_t number, bool header = false) {
    add({.kind = BlockKind::kTableRow, .text = text, .row = number, .header_row = header});
  }
  std::string outline() const { return described(outlined_text_of(content_)); }
  CollectedContent content_;
};

TEST_F(OutlinedTextTest, PagesAndHeadingsAreMarkedWhereTheyBegin) {
  part({.kind = PartKind::kPage, .name = "iv"});
  add({.text = "one"});
  part({.kind = PartKind::kPage});
  part({.kind = PartKind::kPage, .name = "1"});
  add({.kind = BlockKind::kHeading, .text = "Head", .level = 2});
  EXPECT_EQ(outlined_text_of(content_).text, "one\n\f\fHead");
  EXPECT_EQ(outline(),
            "page 1 'iv' at 0\n"
            "page 2 at 6\n"
            "page 3 '1' at 6\n"
            "heading level 2 at 6 \"Head\"\n");
}

TEST_F(OutlinedTextTest, RowsOneAfterAnotherAreOneMark) {
  part({.kind = PartKind::kSheet, .name = "S"});
  row("a\tb", 1, true);
  row("1\t2", 2);
  row("3\t4", 3);
  row("5\t6", 9);
  row("two\nlines", 10);
  row("7", 11);
  part({.kind = PartKind::kSheet, .name = "T"});
  row("8", 12);
  EXPECT_EQ(outline(),
            "sheet 1 'S' at 0\n"
            "table 1 'a\tb' at 0 \"a\tb\n1\t2\n3\t4\"\n"
            "table 9 'a\tb' at 12 \"5\t6\"\n"
            "table level 1 10 'a\tb' at 16 \"two\nlines\"\n"
            "table 11 'a\tb' at 26 \"7\"\n"
            "sheet 2 'T' at 29\n"
            "table 12 at 29 \"8\"\n");
}

TEST_F(OutlinedTextTest, TablesGoOnOverPagesAndEndWithTheirNumbers) {
  part({.kind = PartKind::kPage});
  row("a", 1, true);
  part({.kind = PartKind::kPage});
  row("1", 2);
  row("b", 1, true);
  row("2", 2);
  EXPECT_EQ(outline(),
            "page 1 at 0\n"
            "table 1 'a' at 0 \"a\"\n"
            "page 2 at 3\n"
            "table 2 'a' at 3 \"1\"\n"
            "table 1 'b' at 5 \"b\n2\"\n");
}

TEST_F(OutlinedTextTest, ItemsJoinAndCodeStaysApart) {
  add({.kind = BlockKind::kListItem, .text = "- one"});
  add({.kind = BlockKind::kListItem, .text = "- two"});
  add({.text = "between"});
  add({.kind = BlockKind::kListItem, .text = "- three"});
  add({.kind = BlockKind::kCode, .text = "x = 1"});
  add({.kind = BlockKind::kCode, .text = "y = 2"});
  EXPECT_EQ(outline(),
            "list at 0 \"- one\n- two\"\n"
            "list at 20 \"- three\"\n"
            "code at 28 \"x = 1\"\n"
            "code at 34 \"y = 2\"\n");
}

TEST_F(OutlinedTextTest, FilesInTheFileKeepTheirOutlineAfterTheirPart) {
  OutlinedText inner[2];
  {
    CollectedContent content;
    ASSERT_TRUE(content.part({.kind = PartKind::kPage, .name = "x"}).ok());
    ASSERT_TRUE(content.block({.kind = BlockKind::kHeading, .text = "In", .level = 1}).ok());
    inner[0] = outlined_text_of(content);
  }
  part({.kind = PartKind::kMessage, .name = "first"});
  ASSERT_TRUE(content_.attachment({"a.pdf", "", ""}).ok());
  part({.kind = PartKind::kMessage, .name = "second"});
  add({.text = "text"});
  ASSERT_TRUE(content_.attachment({"empty.txt", "", ""}).ok());
  const OutlinedText text = outlined_text_of(content_, [&](std::size_t i) { return inner[i]; });
  EXPECT_EQ(text.text, "In\ntext");
  EXPECT_EQ(described(text),
            "message 1 'first' at 0\n"
            "file 'a.pdf' at 0 \"In\"\n"
            "page 1 'x' at 0\n"
            "heading level 1 at 0 \"In\"\n"
            "message 2 'second' at 3\n");
}

TEST(RenderedContent, BlocksAfterAnAttachmentWaitOnlyForItsText) {
  for (const bool give_text : {false, true}) {
    OutlinedTextBuilder out;
    FileRenderer::Attached attached;
    if (give_text) attached = [&](std::size_t) { return out.add("In it", {}); };
    RenderedContent content({}, nullptr, out, attached);
    ASSERT_TRUE(content.block({.text = "Before"}).ok());
    ASSERT_TRUE(content.attachment({"a.txt", "", "bytes"}).ok());
    ASSERT_TRUE(content.block({.text = "After"}).ok());
    EXPECT_EQ(content.content().blocks.size(), give_text ? 1u : 0u);
    ASSERT_TRUE(content.finish().ok());
    EXPECT_EQ(out.take()->text, give_text ? "Before\nAfter\nIn it" : "Before\nAfter");
    EXPECT_EQ(content.content().attachments.at(0).bytes, "bytes");
  }
}

TEST_F(OutlinedTextTest, MarksAreBoundedAndPartsStay) {
  for (std::size_t i = 0; i < kMostMarks + 10; ++i)
    add({.kind = BlockKind::kHeading, .text = "h", .level = 1});
  part({.kind = PartKind::kSlide});
  add({.kind = BlockKind::kHeading, .text = "h", .level = 1});
  const Outline outline = outlined_text_of(content_).outline;
  ASSERT_EQ(outline.marks.size(), kMostMarks + 2);
  EXPECT_EQ(outline.marks[kMostMarks].level, 0) << "the headings end";
  EXPECT_EQ(outline.marks[kMostMarks].begin, kMostMarks * 2);
  EXPECT_EQ(outline.marks.back().kind, MarkKind::kSlide);
  EXPECT_LE(outline.memory(), (kMostMarks + 1000) * sizeof(OutlineMark));
}

TEST_F(OutlinedTextTest, LongNamesAreCutBetweenCharacters) {
  std::string name;
  for (int i = 0; i < 300; ++i) name += "\xC3\xA9";
  part({.kind = PartKind::kSheet, .name = "x" + name});
  add({.text = "text"});
  const Outline outline = outlined_text_of(content_).outline;
  EXPECT_EQ(outline.names.at(0).size(), kMostNameBytes - 1);
}

}  // namespace
}  // namespace rappel
