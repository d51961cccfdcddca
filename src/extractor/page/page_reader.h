// Page reader: the text of pages in reading order, with headings, lists and tables, from the characters and
// where they stand.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "extractor/page/glyph.h"
#include "extractor/page/headings.h"
#include "ingest/content/content.h"

namespace rappel::extractor::page {

class PageSource {
 public:
  virtual ~PageSource() = default;
  virtual int pages() const = 0;
  // Called once for each page, in order. Error: the page is damaged.
  virtual Result<Page> page(int index) = 0;
  virtual std::string label(int) const { return ""; }
};

// Tells `sink` parts and blocks, and warns of pages that are damaged or cut. Errors: those of the sink.
Status read_pages(PageSource& source, const std::vector<OutlineEntry>& outline, ContentSink& sink);

}  // namespace rappel::extractor::page
