#include "extractor/ocr/words.h"

#include <gtest/gtest.h>

#include <string>

#include "base/utf8.h"
#include "extractor/ocr/bitmap.h"

namespace rappel::extractor::ocr {
namespace {

std::string text_of(const page::Page& page) {
  std::string text;
  for (const page::Glyph& glyph : page.glyphs) utf8_append(text, glyph.code);
  return text;
}

// A word on a line that begins at `x` = 100, falls by `fall` pixels per 1000, and ends at 1100.
Word word(const std::string& text, int x, int y, bool begins_line, int fall = 0, int points = 10) {
  return {.text = text,
          .x0 = x,
          .y0 = y - 30,
          .x1 = x + 20 * static_cast<int>(text.size()),
          .y1 = y + 10,
          .begins_line = begins_line,
          .base_x0 = 100,
          .base_y0 = y,
          .base_x1 = 1100,
          .base_y1 = y + fall,
          .points = points};
}

TEST(PageOfWords, BlanksAndLineEnds) {
  const page::Page page = page_of(
      {word("two", 100, 300, true), word("words", 200, 300, false), word("next", 100, 350, true)}, 300);
  EXPECT_EQ(text_of(page), "two words\nnext");
  EXPECT_TRUE(page.has_objects);
  EXPECT_FALSE(page.glyphs[3].generated) << "a blank between words is in the picture";
  EXPECT_TRUE(page.glyphs[9].generated);
}

TEST(PageOfWords, PointsFromPixels) {
  const page::Page page = page_of({word("ab", 300, 600, true)}, 300);
  ASSERT_EQ(page.glyphs.size(), 2U);
  EXPECT_FLOAT_EQ(page.glyphs[0].x0, 72);  // 300 pixels are an inch
  EXPECT_FLOAT_EQ(page.glyphs[1].x1, 72 + 40 * 0.24F);
  EXPECT_FLOAT_EQ(page.glyphs[0].base_y, -144) << "y grows upwards";
  EXPECT_FLOAT_EQ(page.glyphs[0].size, 10);
}

TEST(PageOfWords, LinesOfAnAskewScanBecomeLevel) {
  Word half = word("right", 700, 312, true, 20);  // the right half of the line, found by itself
  half.base_x0 = 600;
  half.base_y0 = 310;
  half.base_y1 = 320;
  const page::Page page = page_of({word("left", 100, 300, true, 20), half}, 300);
  EXPECT_NEAR(page.glyphs[0].base_y, page.glyphs[5].base_y, 0.02) << "not 5 pixels, which are 1.2 points";
}

TEST(PageOfWords, SizesThatHardlyDifferAreOne) {
  const page::Page page = page_of(
      {word("a", 100, 250, true, 0, 10), word("a", 100, 300, true, 0, 10), word("b", 100, 350, true, 0, 10),
       word("c", 100, 400, true, 0, 11), word("D", 100, 450, true, 0, 16)},
      300);
  EXPECT_FLOAT_EQ(page.glyphs[6].size, 10);
  EXPECT_FLOAT_EQ(page.glyphs[8].size, 16);
}

TEST(PageOfWords, SpecksAreLeftOut) {
  Word speck = word("|", 100, 300, true), sure = word("-", 200, 300, false),
       letter = word("x", 300, 300, false);
  speck.confidence = 20;
  letter.confidence = 20;
  EXPECT_EQ(text_of(page_of({speck, sure, letter}, 300)), "- x") << "signs without letters, and unsure";
  EXPECT_TRUE(page_of({}, 300).glyphs.empty());
}

TEST(TurnedBitmap, ClockwiseByQuarters) {
  const Bitmap bitmap{.width = 3, .height = 2, .pixels = {1, 2, 3, 4, 5, 6}};
  using Pixels = std::vector<std::uint8_t>;
  EXPECT_EQ(turned(bitmap, 1).pixels, (Pixels{4, 1, 5, 2, 6, 3}));
  EXPECT_EQ(turned(bitmap, 1).width, 2);
  EXPECT_EQ(turned(bitmap, 2).pixels, (Pixels{6, 5, 4, 3, 2, 1}));
  EXPECT_EQ(turned(bitmap, 3).pixels, (Pixels{3, 6, 2, 5, 1, 4}));
  EXPECT_EQ(turned(bitmap, -1).pixels, turned(bitmap, 3).pixels);
}

}  // namespace
}  // namespace rappel::extractor::ocr
