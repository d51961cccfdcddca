#include "extractor/ocr/page_ocr.h"

#include <string>

#include "extractor/page/page_numbers.h"

namespace rappel::extractor::ocr {
namespace {

constexpr double kUnsure = 70;  // percent

}  // namespace

page::Page PageOcr::read(const Bitmap& bitmap, int number) {
  const Result<Recognized> found = recognizer_.read(bitmap);
  if (!found.ok()) {
    failed_.push_back(number);
    return {};
  }
  page::Page page = page_of(found->words, bitmap.dpi);
  (page.glyphs.empty() ? empty_ : read_).push_back(number);
  if (!page.glyphs.empty() && found->confidence < kUnsure) unsure_.push_back(number);
  return page;
}

Status PageOcr::tell(ContentSink& sink) const {
  if (!read_.empty()) RAPPEL_TRY(sink.property("ocr_pages", page::ranges_of(read_)));
  if (!empty_.empty()) RAPPEL_TRY(sink.warning("OCR found no text on " + page::on_pages(empty_)));
  if (!unsure_.empty())
    RAPPEL_TRY(sink.warning("OCR is not sure of the text on " + page::on_pages(unsure_) +
                            "; a scan with more contrast or 300 dpi is read better"));
  if (!failed_.empty())
    RAPPEL_TRY(sink.warning("OCR takes more than a minute for " + page::on_pages(failed_) + ", left out"));
  if (late_.empty()) return {};
  return sink.warning("the time for OCR was over before " + page::on_pages(late_) +
                      "; raise RAPPEL_OCR_SECONDS to read more");
}

}  // namespace rappel::extractor::ocr
