// Glyph: one character of a page, with the box it was drawn in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rappel::extractor::page {

// Units are points. As PDFium gives them, y grows upwards; after upright() (upright.h) the text runs along x
// and y grows downwards.
struct Glyph {
  char32_t code = 0;
  float x0 = 0, x1 = 0, y0 = 0, y1 = 0;  // x0 <= x1, y0 <= y1
  float base_x = 0, base_y = 0;          // origin on the baseline
  float angle = 0;                       // of the reading direction, clockwise in radians
  float size = 0;                        // of the font
  std::uint32_t object = 0;              // text object it belongs to, from 1 in order of drawing; 0: none
  bool generated = false;                // a blank or line end that PDFium has put in
  bool hyphen = false;                   // broken word, by PDFium or by a soft hyphen
  bool unmapped = false;                 // the font does not say which character it is
  bool bold = false, fixed = false;      // of the font: weight, all characters as wide
  // Set by clean(): blanks come before it in the stream, or one that is in the file comes after it.
  bool space_before = false, space_after = false;
  bool space_guessed = false;  // all blanks before it are PDFium's
};

// A drawn horizontal line, or the border of a box.
struct Rule {
  float x0 = 0, x1 = 0, y = 0;
};

// A vertical one.
struct Upright {
  float x = 0, y0 = 0, y1 = 0;
};

struct Page {
  std::vector<Glyph> glyphs;  // in stream order
  std::vector<Rule> rules;
  std::vector<Upright> uprights;
  std::vector<std::string> notes;              // UTF-8: comments, and values of fields that are not drawn
  bool has_objects = false;                    // anything is drawn on it
  float pictures = 0;                          // share of its area that images cover, at most 1
  bool has_form_text = false;                  // annotations are drawn at the end of the stream
  bool cut = false;                            // it has more characters than are read
  std::uint32_t characters = 0, unmapped = 0;  // without blanks
};

}  // namespace rappel::extractor::page
