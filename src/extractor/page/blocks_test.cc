#include "extractor/page/blocks.h"

#include <gtest/gtest.h>

namespace rappel::extractor::page {
namespace {

Line line(float y, std::u32string text, float size = 10, float x = 50) {
  Line out;
  out.text = std::move(text);
  out.x0 = x, out.x1 = x + static_cast<float>(out.text.size()) * size / 2;
  out.base = y, out.size = size;
  return out;
}

struct Document {
  std::vector<Line> lines;
  std::vector<OutlineEntry> outline = {};

  PageBlocks blocks() const {
    Headings headings(outline);
    Words words;
    for (const Line& one : lines) headings.note(one), words.note(one.text);
    Region region;
    region.lines = lines;
    return find_blocks({region}, 0, headings, words);
  }
};

TEST(FindBlocks, BrokenWordsAreJoinedAndCompoundsKeptWhereTheTextHasThem) {
  const Document document{
      {line(100, U"a well-known exam-"), line(112, U"ple of a well-"), line(124, U"known word")}};
  ASSERT_EQ(document.blocks().text.size(), 1U);
  EXPECT_EQ(document.blocks().text[0].text, U"a well-known example of a well-known word");
}

TEST(FindBlocks, LargerDistanceStartsAParagraph) {
  const Document document{
      {line(100, U"one line,"), line(112, U"two lines"), line(124, U"of it."), line(142, U"next")}};
  ASSERT_EQ(document.blocks().text.size(), 2U);
  EXPECT_EQ(document.blocks().text[1].text, U"next");
}

TEST(FindBlocks, LargerTypeIsAHeadingAndLevelsFollowTheSizes) {
  const Document document{{line(80, U"Chapter", 18), line(100, U"Section", 14),
                           line(120, U"The body of the text is longer"),
                           line(132, U"than its headings are.")}};
  const auto blocks = document.blocks().text;
  ASSERT_EQ(blocks.size(), 3U);
  EXPECT_EQ(blocks[0].kind, BlockKind::kHeading);
  EXPECT_EQ(blocks[0].level, 1);
  EXPECT_EQ(blocks[1].level, 2);
  EXPECT_EQ(blocks[2].kind, BlockKind::kParagraph);
}

TEST(FindBlocks, OutlineNamesTheHeadings) {
  Document document{{line(80, U"1.2 Results", 10), line(100, U"Some text in the", 10), line(112, U"body")}};
  document.outline = {{"Results", 2, 0}};
  const auto blocks = document.blocks().text;
  ASSERT_EQ(blocks.size(), 2U);
  EXPECT_EQ(blocks[0].kind, BlockKind::kHeading);
  EXPECT_EQ(blocks[0].level, 2);
}

TEST(FindBlocks, SmallLinesAtTheEndAreNotes) {
  const Document document{{line(100, U"body one"), line(112, U"body two"), line(124, U"body three"),
                           line(136, U"body four"), line(160, U"1 See the other", 7),
                           line(168, U"page.", 7)}};
  const PageBlocks blocks = document.blocks();
  EXPECT_EQ(blocks.text.size(), 1U);
  ASSERT_EQ(blocks.notes.size(), 1U);
  EXPECT_EQ(blocks.notes[0].text, U"1 See the other page.");
}

TEST(GoesOn, OnlyOpenParagraphsOfOneSize) {
  const OpenBlock open{.text = U"a sentence that", .size = 10}, closed{.text = U"A sentence.", .size = 10};
  EXPECT_TRUE(goes_on(open, {.text = U"goes on", .size = 10}));
  EXPECT_FALSE(goes_on(open, {.text = U"goes on", .size = 14}));
  EXPECT_FALSE(goes_on(open, {.text = U"Starts", .size = 10}));
  EXPECT_FALSE(goes_on(closed, {.text = U"goes on", .size = 10}));
}

TEST(AppendBlock, CellsOfACutRowAreJoined) {
  OpenBlock row{.kind = BlockKind::kTableRow, .text = U"1\tlong\tx"};
  append_block(row, {.kind = BlockKind::kTableRow, .text = U"\ttext\t"}, Words());
  EXPECT_EQ(row.text, U"1\tlong text\tx");
}

}  // namespace
}  // namespace rappel::extractor::page
