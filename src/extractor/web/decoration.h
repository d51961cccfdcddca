// Decoration: what stands within the main text of a page and leads elsewhere, or is no text of its author.
#pragma once

#include "extractor/web/html_measure.h"
#include "extractor/web/html_tree.h"
#include "extractor/web/main_text.h"

namespace rappel::extractor {

// Leaves out small elements: buttons to share a page, credits of pictures, forms, footers; and boxes that
// hold no paragraph, but links to other texts. Links to names and terms, as in documentation, are no such
// links: theirs are headlines of several words. A page of which little is prose keeps its boxes.
void leave_out_decoration(const HtmlNodes& nodes, const HtmlMeasure& measure, MainText& main);

}  // namespace rappel::extractor
