#include "extractor/ocr/image_file.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

#include "extractor/ocr/tesseract_library.h"

namespace rappel::extractor::ocr {
namespace {

constexpr int kMostTiffPages = 1000;
constexpr double kMostDecoded = 64e6;             // pixels
constexpr double kSmall = 3e6;                    // pixels: A4 at 170 dpi has so many
constexpr int kLeastDpi = 100, kMostDpi = 1200;   // that a file may state and mean
constexpr double kLeastSide = 3, kMostSide = 50;  // inches of the longer side
constexpr double kUsualSide = 11.7;               // A4
constexpr std::uint32_t kWhite = 0xFFFFFF00;

// Only after library() was ok.
const Library& leptonica() { return **library(); }

struct Closer {
  void operator()(Pix* pix) const { leptonica().pixDestroy(&pix); }
};
using Owned = std::unique_ptr<Pix, Closer>;

const std::uint8_t* data_of(std::string_view bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

Status damaged() {
  return Status(Code::kInvalidArgument, "the image is damaged; save it again from its own program");
}

Status check_size(int width, int height) {
  if (width <= 0 || height <= 0) return damaged();
  if (static_cast<double>(width) * height <= kMostDecoded) return {};
  return Status(Code::kInvalidArgument,
                "the image has more than 64 million pixels; save it with a lower resolution");
}

// The resolution that the file states, if a page of that size is likely; else as if it were A4.
int dpi_of(const Pix* pix, int width, int height) {
  const int stated = leptonica().pixGetXRes(pix), longer = std::max(width, height);
  const double side = stated > 0 ? static_cast<double>(longer) / stated : 0;
  if (stated >= kLeastDpi && stated <= kMostDpi && side >= kLeastSide && side <= kMostSide) return stated;
  return std::clamp(static_cast<int>(longer / kUsualSide), 70, kMostDpi);
}

// 8 bits a pixel, on white, in the size in which it is recognized best.
Owned prepared(Owned pix, double& scale) {
  const Library& lib = leptonica();
  if (lib.pixGetSpp(pix.get()) == 4) pix.reset(lib.pixAlphaBlendUniform(pix.get(), kWhite));
  if (pix) pix.reset(lib.pixConvertTo8(pix.get(), 0));
  if (!pix) return pix;
  const double pixels = static_cast<double>(lib.pixGetWidth(pix.get())) * lib.pixGetHeight(pix.get());
  if (pixels < kSmall) scale = 2;
  if (pixels > kMostPixels) scale = std::sqrt(kMostPixels / pixels);
  if (scale != 1) pix.reset(lib.pixScale(pix.get(), static_cast<float>(scale), static_cast<float>(scale)));
  return pix;
}

// Leptonica keeps four pixels in an integer of 32 bits, the first one in the highest byte.
Bitmap copy_of(Pix* pix) {
  const Library& lib = leptonica();
  Bitmap bitmap;
  const Owned bytes(lib.pixEndianByteSwapNew(pix));
  if (!bytes) return bitmap;
  bitmap.width = lib.pixGetWidth(pix), bitmap.height = lib.pixGetHeight(pix);
  const auto row = static_cast<std::size_t>(bitmap.width);
  const auto words = static_cast<std::size_t>(lib.pixGetWpl(bytes.get()));
  const std::uint32_t* data = lib.pixGetData(bytes.get());
  bitmap.pixels.resize(row * static_cast<std::size_t>(bitmap.height));
  for (std::size_t y = 0; y < static_cast<std::size_t>(bitmap.height); ++y)
    std::memcpy(bitmap.pixels.data() + y * row, data + y * words, row);
  return bitmap;
}

}  // namespace

Result<ImageFile> ImageFile::open(std::string_view bytes) {
  RAPPEL_TRY(library().status());
  ImageFile file(bytes);
  RAPPEL_TRY(file.look());
  return file;
}

Status ImageFile::look() {
  const Library& lib = leptonica();
  int format = 0, width = 0, height = 0, bits = 0, samples = 0, palette = 0, dpi = 0;
  if (lib.pixReadHeaderMem(data_of(bytes_), bytes_.size(), &format, &width, &height, &bits, &samples,
                           &palette) != 0)
    return damaged();
  RAPPEL_TRY(check_size(width, height));
  is_tiff_ = (format >= kTiff && format <= kLastTiff) || format == kTiffJpeg;
  if (!is_tiff_) return {};
  for (pages_ = 0; pages_ < kMostTiffPages; ++pages_) {
    if (lib.readHeaderMemTiff(data_of(bytes_), bytes_.size(), pages_, &width, &height, &bits, &samples, &dpi,
                              &palette, &format) != 0)
      break;
    RAPPEL_TRY(check_size(width, height));
  }
  return pages_ > 0 ? Status() : damaged();
}

Result<Bitmap> ImageFile::page(int index) const {
  const Library& lib = leptonica();
  Owned pix(is_tiff_ ? lib.pixReadMemTiff(data_of(bytes_), bytes_.size(), index)
                     : lib.pixReadMem(data_of(bytes_), bytes_.size()));
  if (!pix || !check_size(lib.pixGetWidth(pix.get()), lib.pixGetHeight(pix.get())).ok())
    return Status(Code::kCorrupt, "the image is damaged");
  const int dpi = dpi_of(pix.get(), lib.pixGetWidth(pix.get()), lib.pixGetHeight(pix.get()));
  double scale = 1;
  pix = prepared(std::move(pix), scale);
  Bitmap bitmap = pix ? copy_of(pix.get()) : Bitmap();
  if (bitmap.pixels.empty()) return Status(Code::kCorrupt, "the image is damaged");
  bitmap.dpi = std::max(70, static_cast<int>(dpi * scale));
  return bitmap;
}

}  // namespace rappel::extractor::ocr
