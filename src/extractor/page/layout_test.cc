#include "extractor/page/layout.h"

#include <gtest/gtest.h>

#include "extractor/page/characters.h"
#include "extractor/page/test_page.h"

namespace rappel::extractor::page {
namespace {

std::vector<Region> regions_of(const TestPage& page, const Rules& rules = {}, const LayoutHints& hints = {}) {
  return find_regions(find_pieces(page.glyphs, rules.upright), page.glyphs, rules, hints);
}

std::string trimmed(std::u32string text) {
  while (text.ends_with(U' ')) text.pop_back();
  return to_text(text);
}

// Lines by "/", cells by "|", lines of a cell by "+".
std::string read(const std::vector<Region>& regions) {
  std::string out;
  for (const Region& region : regions) {
    for (const Line& line : region.lines) out += trimmed(line.text) + "/";
    for (const auto& row : region.rows) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (i > 0) out += "|";
        for (std::size_t j = 0; j < row[i].size(); ++j) out += (j > 0 ? "+" : "") + trimmed(row[i][j].text);
      }
      out += "/";
    }
  }
  return out;
}

constexpr char32_t kLeft[] = U"left column text of one line";  // 140 points
constexpr char32_t kRight[] = U"right column text of a line";  // 135 points

TEST(FindRegions, ColumnsDrawnLineByLineAreReadOneAfterTheOther) {
  TestPage page;
  page.write(50, 80, U"a heading over the whole width of both of the columns here");
  for (int i = 0; i < 3; ++i) page.write(50, 100 + 12.0F * i, kLeft).write(220, 100 + 12.0F * i, kRight);
  EXPECT_EQ(read(regions_of(page)),
            "a heading over the whole width of both of the columns here/"
            "left column text of one line/left column text of one line/left column text of one line/"
            "right column text of a line/right column text of a line/right column text of a line/");
}

TEST(FindRegions, LongerColumnIsReadToItsEnd) {
  TestPage page;
  for (int i = 0; i < 4; ++i) page.write(50, 100 + 12.0F * static_cast<float>(i), kLeft);
  page.write(50, 148, U"the last of it");
  for (int i = 0; i < 3; ++i) page.write(220, 100 + 12.0F * static_cast<float>(i), kRight);
  const std::string read_text = read(regions_of(page, {}, {.trust_stream = false}));
  EXPECT_LT(read_text.find("the last of it"), read_text.find("right column"));
}

TEST(FindRegions, ShuffledLinesAreSorted) {
  TestPage page;
  page.write(50, 124, U"third").write(50, 100, U"first").write(50, 136, U"fourth").write(50, 112, U"second");
  EXPECT_EQ(read(regions_of(page)), "first/second/third/fourth/");
}

TEST(FindRegions, StreamOrderIsKeptWhereItGoesDown) {
  TestPage page;
  for (int i = 0; i < 12; ++i) page.write(50, 100 + 12.0F * i, U"line");
  page.write(300, 100, U"aside");
  EXPECT_TRUE(read(regions_of(page)).ends_with("line/aside/"));
  EXPECT_TRUE(read(regions_of(page, {}, {.trust_stream = false})).starts_with("line aside/line/"));
}

TEST(FindRegions, TableDrawnByColumnsIsReadByRows) {
  TestPage page;
  for (int i = 0; i < 4; ++i) page.write(50, 100 + 20.0F * i, U"key");
  for (int i = 0; i < 4; ++i) page.write(120, 100 + 20.0F * i, U"some value");
  for (int i = 0; i < 4; ++i) page.write(220, 100 + 20.0F * i, U"97.0");
  EXPECT_EQ(read(regions_of(page)),
            "key|some value|97.0/key|some value|97.0/key|some value|97.0/key|some value|97.0/");
}

TEST(FindRegions, LinesOfAWrappedCellStayTogether) {
  TestPage page;
  page.write(50, 100, U"1").write(100, 100, U"one two").write(100, 112, U"three").write(200, 100, U"x");
  page.write(50, 130, U"2").write(100, 130, U"four").write(200, 130, U"five").write(200, 142, U"six");
  EXPECT_EQ(read(regions_of(page)), "1|one two+three|x/2|four|five+six/");
}

TEST(FindRegions, TableOfRunningTextIsReadByRows) {
  TestPage page;
  for (int row = 0; row < 3; ++row)
    for (int i = 0; i < 2; ++i) {
      const float y = 100 + 40.0F * static_cast<float>(row) + 12.0F * static_cast<float>(i);
      page.write(50, y, kLeft).write(220, y, kRight);
    }
  const std::string cells =
      "left column text of one line+left column text of one line|"
      "right column text of a line+right column text of a line/";
  EXPECT_EQ(read(regions_of(page)), cells + cells + cells);
}

TEST(FindRegions, NoteInTheMarginIsReadApart) {
  TestPage page;
  for (int i = 0; i < 4; ++i) page.write(50, 103 + 9.0F * static_cast<float>(i), U"note", 7);
  for (int i = 0; i < 6; ++i) page.write(120, 100 + 13.0F * static_cast<float>(i), kLeft);
  EXPECT_EQ(read(regions_of(page)).substr(0, 31), "note/note/note/note/left column");
}

TEST(FindRegions, VerticalRulesPartCloseCells) {
  TestPage page;
  const Rules rules{.level = {}, .upright = {{148, 80, 160}}};
  for (int i = 0; i < 3; ++i)
    page.write(50, 100 + 20.0F * i, U"nineteen letters it").write(150, 100 + 20.0F * i, U"x");
  EXPECT_EQ(read(regions_of(page, rules)),
            "nineteen letters it|x/nineteen letters it|x/nineteen letters it|x/");
}

TEST(FindRegions, ListMarkersAreNoColumn) {
  TestPage page;
  for (int i = 0; i < 4; ++i) page.write(50, 100 + 12.0F * i, U"\u2022").write(70, 100 + 12.0F * i, U"item");
  EXPECT_EQ(read(regions_of(page)), "\u2022 item/\u2022 item/\u2022 item/\u2022 item/");
}

TEST(FindRegions, RepeatedHeaderOfATableIsLeftOutAndTheRowGoesOn) {
  TestPage first, second;
  for (TestPage* page : {&first, &second})
    page->write(50, 100, U"No").write(100, 100, U"Q").write(200, 100, U"A");
  for (int i = 1; i < 3; ++i)
    first.write(50, 100 + 20.0F * i, U"1")
        .write(100, 100 + 20.0F * i, U"ask")
        .write(200, 100 + 20.0F * i, U"say");
  second.write(100, 112, U"rest");
  const std::vector<Region> before = regions_of(first);
  ASSERT_FALSE(before.empty());
  const TableShape shape = before.back().shape;
  const std::vector<Region> after = regions_of(second, {}, {.open_table = &shape});
  ASSERT_EQ(after.size(), 1U);
  EXPECT_TRUE(after[0].continues);
  EXPECT_EQ(read(after), "|rest|/");
}

TEST(FindPieces, TextDrawnTwiceCountsOnce) {
  TestPage page;
  page.write(50, 100, U"bold").write(50.4F, 100, U"bold");
  EXPECT_EQ(find_pieces(page.glyphs).size(), 1U);
}

TEST(FindPieces, WordsDrawnApartAreJoinedWithABlank) {
  TestPage page;
  page.write(50, 100, U"two").write(68, 100, U"words").write(93.2F, 100, U"!");
  const std::vector<Piece> pieces = find_pieces(page.glyphs);
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(text_of(pieces[0], page.glyphs), U"two words!");
}

TEST(FindPieces, SignsOfAnotherFontAreReadInTheirGaps) {
  TestPage page;
  page.write(50, 100, U"7").write(57, 100, U"000").write(55, 100, U",", 4);
  const std::vector<Piece> pieces = find_pieces(page.glyphs);
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(text_of(pieces[0], page.glyphs), U"7,000");
}

TEST(FindPieces, RightToLeftTextIsReadByPlaceAndNumbersFromTheLeft) {
  TestPage page;  // as drawn from the left: "25" GIMEL, BET, ALEF with a blank between
  page.write(50, 100, U"25").write(64, 100, U"\u05D2\u05D1\u05D0");
  const std::vector<Piece> pieces = find_pieces(page.glyphs);
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(text_of(pieces[0], page.glyphs), U"\u05D0\u05D1\u05D2 25");
}

}  // namespace
}  // namespace rappel::extractor::page
