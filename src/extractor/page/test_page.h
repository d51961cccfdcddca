// Pages for tests: text with the boxes of a font whose characters are all half an em wide.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extractor/page/glyph.h"

namespace rappel::extractor::page {

// Upright glyphs, y downwards: what upright() gives. One object for each call of write().
class TestPage {
 public:
  TestPage& write(float x, float y, std::u32string_view text, float size = 10) {
    ++object_;
    bool space = false;
    for (const char32_t c : text) {
      if (c == ' ') {
        if (!glyphs.empty()) glyphs.back().space_after = true;
        space = true;
      } else {
        Glyph glyph{.code = c,
                    .x0 = x,
                    .x1 = x + size / 2,
                    .y0 = y - size * 0.8F,
                    .y1 = y + size * 0.2F,
                    .base_x = x,
                    .base_y = y,
                    .size = size,
                    .object = object_};
        glyph.bold = bold;
        glyph.space_before = space;
        glyphs.push_back(glyph);
        space = false;
      }
      x += size / 2;
    }
    return *this;
  }

  std::vector<Glyph> glyphs;
  bool bold = false;

 private:
  std::uint32_t object_ = 0;
};

}  // namespace rappel::extractor::page
