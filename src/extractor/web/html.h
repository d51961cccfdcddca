// HTML pages: main text, headings, lists and tables; title, author, dates and language as properties.
#pragma once

#include <string_view>

#include "extractor/readers.h"

namespace rappel::extractor {

Status read_html(const Source& source, ContentSink& sink);

struct HtmlOptions {
  bool main_text = true;    // false: all text but what is hidden, as in books and mails
  bool properties = true;   // false: blocks only
  bool may_be_xml = false;  // read as XML if it is that (xhtml_tree.h)
};

// For chapters of books and parts of mails. `html`: UTF-8.
Status give_html(std::string_view html, const HtmlOptions& options, ContentSink& sink);

}  // namespace rappel::extractor
