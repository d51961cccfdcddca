#include "extractor/pdf/pdf_pages.h"

#include <algorithm>
#include <utility>

#include "extractor/page/characters.h"
#include "extractor/page/page_numbers.h"

namespace rappel::extractor::pdf {
namespace {

constexpr std::ptrdiff_t kFewCharacters = 50;
constexpr float kMostlyPicture = 0.5F;   // of the page
constexpr std::ptrdiff_t kMuchMore = 3;  // times the characters of the text layer

std::ptrdiff_t characters_of(const page::Page& page) {
  return std::count_if(page.glyphs.begin(), page.glyphs.end(), [](const page::Glyph& glyph) {
    return !glyph.generated && !page::is_blank(glyph.code);
  });
}

}  // namespace

bool is_scanned(const page::Page& page) {
  const std::ptrdiff_t characters = characters_of(page);
  if (characters == 0) return page.has_objects;
  return characters < kFewCharacters && page.pictures > kMostlyPicture;
}

Result<page::Page> PdfPages::page(int index) {
  RAPPEL_ASSIGN(page::Page page, document_.page(index));
  if (!is_scanned(page)) return page;
  scanned_.push_back(index + 1);
  if (characters_of(page) == 0) without_text_.push_back(index + 1);
  return ocr_ == nullptr ? std::move(page) : by_ocr(std::move(page), index);
}

// The text layer stays where OCR finds little more.
page::Page PdfPages::by_ocr(page::Page page, int index) {
  if (!ocr_->in_time()) {
    ocr_->leave_out(index + 1);
    return page;
  }
  const Result<ocr::Bitmap> picture = document_.picture(index);
  if (!picture.ok()) return page;
  page::Page read = ocr_->read(*picture, index + 1);
  if (characters_of(read) < kMuchMore * characters_of(page)) return page;
  page.glyphs = std::move(read.glyphs);
  page.rules.clear();
  page.uprights.clear();
  page.has_form_text = false;
  return page;
}

Status PdfPages::tell(ContentSink& sink) const {
  if (!scanned_.empty()) RAPPEL_TRY(sink.property("scanned_pages", page::ranges_of(scanned_)));
  if (ocr_ != nullptr) return ocr_->tell(sink);
  if (without_text_.empty()) return {};
  return sink.warning("no text layer on " + page::on_pages(without_text_) +
                      "; to read scanned pages, turn on OCR (RAPPEL_OCR=true)");
}

}  // namespace rappel::extractor::pdf
