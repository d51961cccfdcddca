// Page OCR: reads the pages of a file that have no text, and says afterwards which ones, and how well.
#pragma once

#include <vector>

#include "base/status.h"
#include "extractor/ocr/recognizer.h"
#include "extractor/page/glyph.h"
#include "ingest/content/content.h"

namespace rappel::extractor::ocr {

class PageOcr {
 public:
  explicit PageOcr(Recognizer& recognizer) : recognizer_(recognizer) {}

  bool in_time() const { return recognizer_.in_time(); }
  // The text of page `number` (from 1); no glyphs where there is none, or it cannot be read.
  page::Page read(const Bitmap& bitmap, int number);
  // Notes a page that is not read, because the time is over.
  void leave_out(int number) { late_.push_back(number); }
  // The property "ocr_pages", and warnings about pages that were not read, or not well.
  Status tell(ContentSink& sink) const;

 private:
  Recognizer& recognizer_;
  std::vector<int> read_, empty_, unsure_, failed_, late_;
};

}  // namespace rappel::extractor::ocr
