// Recognized words as the glyphs of a page, so that the layout of pages (page/layout.h) finds columns,
// rows and paragraphs in them too.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "extractor/page/glyph.h"

namespace rappel::extractor::ocr {

struct Word {
  std::string text;                    // UTF-8
  int x0 = 0, y0 = 0, x1 = 0, y1 = 0;  // box in pixels, y grows downwards
  bool begins_line = false;
  // The baseline of its line, from its left end to its right end, in pixels.
  int base_x0 = 0, base_y0 = 0, base_x1 = 0, base_y1 = 0;
  int points = 0;          // size of the type; 0: unknown
  float confidence = 100;  // percent
};

// `dpi` of the bitmap; its upper border is at 0. Lines of a page that was scanned askew are made level.
// Specks that were taken for signs are left out.
page::Page page_of(const std::vector<Word>& words, int dpi);

}  // namespace rappel::extractor::ocr
