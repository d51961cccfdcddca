// Image file: the pages of a PNG, JPEG, TIFF, BMP, GIF or WebP file as bitmaps, through leptonica, the
// library that tesseract brings.
#pragma once

#include <string_view>

#include "base/status.h"
#include "extractor/ocr/bitmap.h"

namespace rappel::extractor::ocr {

class ImageFile {
 public:
  // `bytes` must outlive it. Errors as library() (tesseract_library.h); kInvalidArgument: it is no image, or
  // has more than 64 million pixels.
  static Result<ImageFile> open(std::string_view bytes);

  int pages() const { return pages_; }  // of a TIFF file at most 1000; else 1
  // Without colours and transparency, on white. Small ones are enlarged twice, large ones reduced to
  // kMostPixels. Error: kCorrupt.
  Result<Bitmap> page(int index) const;

 private:
  explicit ImageFile(std::string_view bytes) : bytes_(bytes) {}
  Status look();

  std::string_view bytes_;
  int pages_ = 1;
  bool is_tiff_ = false;
};

}  // namespace rappel::extractor::ocr
