// Bitmap: a page as a picture, for the recognition of its text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rappel::extractor::ocr {

// 8 bits a pixel, 0 black, rows from the top without padding.
struct Bitmap {
  int width = 0, height = 0;
  int dpi = 300;  // pixels per inch
  std::vector<std::uint8_t> pixels;
};

inline constexpr int kDpi = 300;  // tesseract is trained for it
// More pixels of a page cost time and memory, and find no more text: A3 at 300 dpi has 17 million.
inline constexpr double kMostPixels = 20e6;

// Turned clockwise by so many quarters.
Bitmap turned(const Bitmap& bitmap, int quarters);

}  // namespace rappel::extractor::ocr
