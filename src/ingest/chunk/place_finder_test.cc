#include "ingest/chunk/place_finder.h"

#include <gtest/gtest.h>

#include "ingest/content/outlined_text.h"

namespace rappel {
namespace {

class PlaceFinderTest : public testing::Test {
 protected:
  void part(PartKind kind, const std::string& name = "") {
    ASSERT_TRUE(content_.part({.kind = kind, .name = name}).ok());
  }
  void heading(const std::string& text, int level) {
    ASSERT_TRUE(content_.block({.kind = BlockKind::kHeading, .text = text, .level = level}).ok());
  }
  void text(const std::string& text) { ASSERT_TRUE(content_.block({.text = text}).ok()); }
  void row(const std::string& text, std::uint32_t number, bool header = false) {
    ASSERT_TRUE(
        content_.block({.kind = BlockKind::kTableRow, .text = text, .row = number, .header_row = header})
            .ok());
  }
  // `inner`: the text of all attachments.
  void finish(const OutlinedText& inner = {}) {
    text_ = outlined_text_of(content_, [&](std::size_t) { return inner; });
    finder_.emplace(text_.text, text_.outline);
  }
  // The place of the text from the first occurrence of `first` to the end of the one of `last`.
  Place place(const std::string& first, const std::string& last) {
    const std::size_t begin = text_.text.find(first);
    return finder_->place_of(begin, text_.text.find(last, begin) + last.size());
  }
  Place place(const std::string& all) { return place(all, all); }
  std::string context(const std::string& at) {
    std::string out;
    for (const std::string& line : finder_->context_of(text_.text.find(at))) out += line + "|";
    return out;
  }
  CollectedContent content_;
  OutlinedText text_;
  std::optional<PlaceFinder> finder_;
};

using Path = std::vector<std::string>;

TEST_F(PlaceFinderTest, TextWithoutStructureHasNoPlace) {
  text("one");
  finish();
  EXPECT_TRUE(place("one").empty());
  EXPECT_EQ(context("one"), "");
}

TEST_F(PlaceFinderTest, PagesLabelsAndSections) {
  part(PartKind::kPage, "iv");
  heading("Results", 1);
  text("alpha");
  heading("Recall of\nall", 2);
  text("beta");
  part(PartKind::kPage, "2");
  text("gamma");
  heading("Costs", 1);
  text("delta");
  finish();
  const Place first = place("Results", "alpha");
  EXPECT_EQ(first.page, 1u);
  EXPECT_EQ(first.last_page, 0u);
  EXPECT_EQ(first.page_label, "iv");
  EXPECT_EQ(first.section, Path{"Results"});
  EXPECT_TRUE(first.last_section.empty());
  EXPECT_EQ(context("beta"), "Results|Recall of all|");
  const Place over = place("beta", "delta");
  EXPECT_EQ(over.page, 1u);
  EXPECT_EQ(over.last_page, 2u);
  EXPECT_EQ(over.last_page_label, "") << "the label is the number";
  EXPECT_EQ(over.section, (Path{"Results", "Recall of all"}));
  EXPECT_EQ(over.last_section, Path{"Costs"});
  EXPECT_EQ(context("gamma"), "Results|Recall of all|");
  EXPECT_EQ(context("Costs"), "");
  EXPECT_EQ(place("delta").section, Path{"Costs"});
}

TEST_F(PlaceFinderTest, SlidesEndTheHeadingsOfTheOnesBefore) {
  part(PartKind::kSlide);
  heading("Title", 1);
  part(PartKind::kSlide);
  text("only text");
  finish();
  EXPECT_EQ(place("Title").section, Path{"Title"});
  const Place second = place("only text");
  EXPECT_EQ(second.slide, 2u);
  EXPECT_TRUE(second.section.empty());
}

TEST_F(PlaceFinderTest, SheetsHaveRowsAndTheNamesOfTheirColumns) {
  part(PartKind::kSheet, "Plan");
  heading("Plan", 1);
  row("Item\tPrice", 1, true);
  row("tea\t1", 2);
  row("milk\t2", 3);
  row("late\t3", 9);
  part(PartKind::kSheet, "Other");
  row("x", 1);
  finish();
  const Place all = place("Plan", "milk");
  EXPECT_EQ(all.sheet, "Plan");
  EXPECT_EQ(all.row, 1u);
  EXPECT_EQ(all.last_row, 3u);
  EXPECT_TRUE(all.section.empty()) << "its name is said once";
  EXPECT_EQ(context("milk"), "Plan|Item\tPrice|");
  EXPECT_EQ(all.columns, "") << "the text has them";
  EXPECT_EQ(place("milk").row, 3u);
  EXPECT_EQ(place("milk").columns, "Item\tPrice");
  EXPECT_EQ(place("milk", "late").last_row, 9u);
  EXPECT_EQ(place("late").row, 9u);
  EXPECT_EQ(context("late"), "Plan|Item\tPrice|");
  EXPECT_EQ(place("x").sheet, "Other");
  EXPECT_EQ(context("x"), "");
  EXPECT_EQ(place("x").columns, "");
}

TEST_F(PlaceFinderTest, RowsOutsideOfSheetsCountWhereThereAreOnlyRows) {
  text("before");
  row("r1", 1);
  row("r2", 2);
  row("other", 1);
  finish();
  EXPECT_EQ(place("before", "r1").row, 0u);
  const Place rows = place("r1", "r2");
  EXPECT_EQ(rows.row, 1u);
  EXPECT_EQ(rows.last_row, 2u);
  EXPECT_EQ(place("r2", "other").row, 0u) << "two tables";
  EXPECT_EQ(place("other").row, 1u);
}

TEST_F(PlaceFinderTest, RowWithLineEndsIsOneRow) {
  row("one\nand more", 7);
  row("two", 8);
  finish();
  EXPECT_EQ(place("and more").row, 7u);
  EXPECT_EQ(place("and more", "two").last_row, 8u);
}

TEST_F(PlaceFinderTest, FilesInFilesAndTheTextAfterThem) {
  OutlinedText inner;
  {
    CollectedContent content;
    ASSERT_TRUE(content.part({.kind = PartKind::kPage}).ok());
    ASSERT_TRUE(content.block({.kind = BlockKind::kHeading, .text = "Inner", .level = 1}).ok());
    ASSERT_TRUE(content.block({.text = "deep"}).ok());
    inner = outlined_text_of(content);
  }
  part(PartKind::kMessage, "Subject");
  heading("Subject", 1);
  ASSERT_TRUE(content_.attachment({"a.pdf", "", ""}).ok());
  part(PartKind::kMessage, "Second");
  text("outer");
  finish(inner);
  const Place first = place("Subject");
  EXPECT_EQ(first.message, 1u);
  EXPECT_EQ(first.section, Path{"Subject"});
  const Place deep = place("deep");
  EXPECT_EQ(deep.files, Path{"a.pdf"});
  EXPECT_EQ(deep.page, 1u);
  EXPECT_EQ(deep.section, Path{"Inner"});
  const Place outer = place("outer");
  EXPECT_TRUE(outer.files.empty());
  EXPECT_EQ(outer.page, 0u);
  EXPECT_EQ(outer.message, 2u);
  EXPECT_TRUE(outer.section.empty());
}

TEST_F(PlaceFinderTest, OneMessageHasNoNumber) {
  part(PartKind::kMessage, "Subject");
  text("one");
  finish();
  EXPECT_EQ(place("one").message, 0u);
}

// A table of many rows is walked through once, however many places are asked.
TEST_F(PlaceFinderTest, ManyRowsTakeLinearTime) {
  constexpr std::uint32_t kRows = 200'000;
  for (std::uint32_t i = 1; i <= kRows; ++i) row("x", i);
  finish();
  for (std::uint32_t i = 0; i < kRows; ++i)
    ASSERT_EQ(finder_->place_of(std::size_t{2} * i, std::size_t{2} * i + 1).row, i + 1);
}

}  // namespace
}  // namespace rappel
