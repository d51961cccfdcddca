#include "extractor/ocr/bitmap.h"

namespace rappel::extractor::ocr {

Bitmap turned(const Bitmap& bitmap, int quarters) {
  quarters = ((quarters % 4) + 4) % 4;
  const auto width = static_cast<std::size_t>(bitmap.width), height = static_cast<std::size_t>(bitmap.height);
  Bitmap out = bitmap;
  if (quarters % 2 == 1) out.width = bitmap.height, out.height = bitmap.width;
  const auto columns = static_cast<std::size_t>(out.width);
  for (std::size_t y = 0; y < height; ++y)
    for (std::size_t x = 0; x < width; ++x) {
      const std::size_t column = quarters == 0   ? x
                                 : quarters == 1 ? height - 1 - y
                                 : quarters == 2 ? width - 1 - x
                                                 : y;
      const std::size_t row = quarters == 0   ? y
                              : quarters == 1 ? x
                              : quarters == 2 ? height - 1 - y
                                              : width - 1 - x;
      out.pixels[row * columns + column] = bitmap.pixels[y * width + x];
    }
  return out;
}

}  // namespace rappel::extractor::ocr
