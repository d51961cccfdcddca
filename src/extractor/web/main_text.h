// The main text of a page: without navigation, banners, advertisements and what is hidden.
//
// An element that says it is the main part is taken; else the one whose paragraphs are long and have few
// links (the idea of Readability), without the decoration in it (decoration.h). Where little of the page
// would be left, the whole page is taken.
#pragma once

#include <cstdint>
#include <vector>

#include "extractor/web/html_tree.h"

namespace rappel::extractor {

struct MainText {
  std::vector<std::uint32_t> roots;  // in document order; none is within another
  std::vector<bool> left_out;        // of each node: it and its descendants are not read
};

// `choose` false: the whole page without what is hidden and no text.
MainText find_main_text(const HtmlNodes& nodes, bool choose);

}  // namespace rappel::extractor
