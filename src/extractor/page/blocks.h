// Blocks of text from the regions of a page: headings, paragraphs, list items, code, rows of tables.
#pragma once

#include <string>
#include <vector>

#include "extractor/page/headings.h"
#include "extractor/page/layout.h"
#include "extractor/page/words.h"
#include "ingest/content/content.h"

namespace rappel::extractor::page {

// A block that may go on in the next column or on the next page.
struct OpenBlock {
  BlockKind kind = BlockKind::kParagraph;
  std::u32string text;
  int level = 0;
  std::uint32_t row = 0;
  float size = 0;
  bool full = true;         // its last line goes to the end of the column
  bool continues = false;   // the rest of the row before
  bool header_row = false;  // of a table
};

struct PageBlocks {
  std::vector<OpenBlock> text;
  std::vector<OpenBlock> notes;  // at the foot of a column or of the page
};

PageBlocks find_blocks(const std::vector<Region>& regions, int page, const Headings& headings,
                       const Words& words);

// Whether `next` is the rest of `block`, after the end of a column or page.
bool goes_on(const OpenBlock& block, const OpenBlock& next);

// Appends the rest.
void append_block(OpenBlock& block, const OpenBlock& rest, const Words& words);

Block finished(const OpenBlock& block);

}  // namespace rappel::extractor::page
