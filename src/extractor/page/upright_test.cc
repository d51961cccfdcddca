#include "extractor/page/upright.h"

#include <gtest/gtest.h>

#include "extractor/page/running_heads.h"
#include "extractor/page/test_page.h"

namespace rappel::extractor::page {
namespace {

Glyph glyph(char32_t code, float x, float y, float angle = 0) {
  return {.code = code,
          .x0 = x,
          .x1 = x + 5,
          .y0 = y,
          .y1 = y + 8,
          .base_x = x,
          .base_y = y,
          .angle = angle,
          .size = 10,
          .object = 1};
}

TEST(Clean, AccentsOverALetterAreComposed) {
  Page page{.glyphs = {glyph(0xB4, 50, 100), glyph('o', 50, 100), glyph('c', 55, 100), glyph(0xB8, 55, 100),
                       glyph(0xA8, 60, 100), glyph(0x131, 61, 100)}};
  clean(page);
  ASSERT_EQ(page.glyphs.size(), 3U);
  EXPECT_EQ(page.glyphs[0].code, U'\u00F3');
  EXPECT_EQ(page.glyphs[1].code, U'\u00E7');
  EXPECT_EQ(page.glyphs[2].code, U'\u00EF');
}

TEST(Clean, AccentsBesideALetterStay) {
  Page page{.glyphs = {glyph(0xB4, 50, 100), glyph('o', 57, 100)}};
  clean(page);
  EXPECT_EQ(page.glyphs.size(), 2U);
}

TEST(Clean, BlanksBecomeFlagsAndSurrogatesOneCharacter) {
  Page page{.glyphs = {glyph('a', 50, 100), glyph(' ', 55, 100), glyph(0xD83D, 60, 100),
                       glyph(0xDE00, 60, 100), glyph(0, 70, 100)}};
  clean(page);
  ASSERT_EQ(page.glyphs.size(), 2U);
  EXPECT_TRUE(page.glyphs[0].space_after);
  EXPECT_TRUE(page.glyphs[1].space_before);
  EXPECT_EQ(page.glyphs[1].code, char32_t{0x1F600});
  EXPECT_EQ(page.characters, 3U);
}

TEST(Upright, MostFrequentDirectionComesFirstAndRunsAlongX) {
  constexpr float kUp = 4.712389F;  // read from the bottom to the top
  Page page{.glyphs = {glyph('x', 300, 300), glyph('a', 50, 100, kUp), glyph('b', 50, 105, kUp)}};
  const std::vector<Stream> streams = upright(page);
  ASSERT_EQ(streams.size(), 2U);
  ASSERT_EQ(streams[0].glyphs.size(), 2U);
  EXPECT_FLOAT_EQ(streams[0].glyphs[0].base_x, 100);
  EXPECT_FLOAT_EQ(streams[0].glyphs[1].base_x, 105);
  EXPECT_FLOAT_EQ(streams[0].glyphs[0].base_y, streams[0].glyphs[1].base_y);
  EXPECT_FLOAT_EQ(streams[1].glyphs[0].base_y, -300);
}

TEST(RunningHeads, RepeatedLinesAndPageNumbersAreRemoved) {
  RunningHeads heads;
  std::vector<TestPage> pages(3);
  for (std::size_t i = 0; i < pages.size(); ++i) {
    const std::u32string number(1, static_cast<char32_t>('1' + i));
    pages[i].write(50, 40, U"Report of " + number).write(50, 100, U"body " + std::u32string(i + 1, U'x'));
    pages[i].write(50, 112, U"more").write(50, 124, U"text").write(50, 136, std::u32string(i + 1, U'y'));
    pages[i].write(300, 800, number);
  }
  for (const TestPage& page : pages) heads.note(find_pieces(page.glyphs), page.glyphs);
  std::vector<Piece> pieces = find_pieces(pages[0].glyphs);
  heads.remove(pieces, pages[0].glyphs, 1, "");
  ASSERT_EQ(pieces.size(), 4U);
  EXPECT_EQ(text_of(pieces[0], pages[0].glyphs), U"body x");
}

}  // namespace
}  // namespace rappel::extractor::page
