// Pages of PDF files as bitmaps.
#include <algorithm>
#include <cmath>
#include <memory>

#include "extractor/pdf/pdfium.h"
#include "extractor/pdf/pdfium_library.h"

namespace rappel::extractor::pdf {
namespace {

// Values of the interface.
constexpr int kGray = 1, kWithAnnotations = 1, kGrayscale = 8;
constexpr unsigned long kWhite = 0xFFFFFFFF;
constexpr double kPointsPerInch = 72;

struct Closer {
  void (*close)(Handle);
  void operator()(Handle handle) const { close(handle); }
};
using Owned = std::unique_ptr<void, Closer>;

// 300 pixels per inch, or as many as the page may have pixels.
int dpi_of(double width, double height) {
  const double square_inches = width * height / (kPointsPerInch * kPointsPerInch);
  return static_cast<int>(std::min<double>(ocr::kDpi, std::sqrt(ocr::kMostPixels / square_inches)));
}

}  // namespace

Result<ocr::Bitmap> Document::picture(int index) const {
  RAPPEL_ASSIGN(const Library* lib, initialized_library());
  const Owned page(lib->FPDF_LoadPage(handle_, index), {lib->FPDF_ClosePage});
  if (!page) return Status(Code::kCorrupt, "the page is damaged");
  const double width = lib->FPDF_GetPageWidth(page.get()), height = lib->FPDF_GetPageHeight(page.get());
  if (!(width >= 1 && height >= 1 && width <= 1e6 && height <= 1e6))
    return Status(Code::kCorrupt, "the page has no usable size");
  ocr::Bitmap bitmap;
  bitmap.dpi = dpi_of(width, height);
  if (bitmap.dpi < 1) return Status(Code::kCorrupt, "the page is too large");
  bitmap.width = std::max(1, static_cast<int>(width * bitmap.dpi / kPointsPerInch));
  bitmap.height = std::max(1, static_cast<int>(height * bitmap.dpi / kPointsPerInch));
  bitmap.pixels.resize(static_cast<std::size_t>(bitmap.width) * static_cast<std::size_t>(bitmap.height));
  const Owned canvas(
      lib->FPDFBitmap_CreateEx(bitmap.width, bitmap.height, kGray, bitmap.pixels.data(), bitmap.width),
      {lib->FPDFBitmap_Destroy});
  if (!canvas) return Status(Code::kCorrupt, "the page cannot be drawn");
  lib->FPDFBitmap_FillRect(canvas.get(), 0, 0, bitmap.width, bitmap.height, kWhite);
  lib->FPDF_RenderPageBitmap(canvas.get(), page.get(), 0, 0, bitmap.width, bitmap.height, 0,
                             kWithAnnotations | kGrayscale);
  return bitmap;
}

}  // namespace rappel::extractor::pdf
