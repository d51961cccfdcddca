// The pages of a PDF file, those that were scanned by OCR if it is on.
#pragma once

#include <string>
#include <vector>

#include "extractor/ocr/page_ocr.h"
#include "extractor/page/page_reader.h"
#include "extractor/pdf/pdfium.h"

namespace rappel::extractor::pdf {

// Whether the page has no text layer, or a few words over images, as scanners put them on.
bool is_scanned(const page::Page& page);

class PdfPages final : public page::PageSource {
 public:
  // `ocr`: null if it is off.
  PdfPages(const Document& document, ocr::PageOcr* ocr) : document_(document), ocr_(ocr) {}

  int pages() const override { return document_.pages(); }
  Result<page::Page> page(int index) override;
  std::string label(int index) const override { return document_.page_label(index); }

  // The property "scanned_pages", and a warning about those without text where OCR is off.
  Status tell(ContentSink& sink) const;

 private:
  page::Page by_ocr(page::Page page, int index);

  const Document& document_;
  ocr::PageOcr* const ocr_;
  std::vector<int> scanned_, without_text_;  // page numbers from 1
};

}  // namespace rappel::extractor::pdf
