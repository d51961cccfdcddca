// XHTML as the tree of html_tree.h, without the parser of HTML, which takes five times as long: for chapters
// of e-books, which are well-formed XML.
#pragma once

#include <optional>
#include <string_view>

#include "extractor/web/html_tree.h"

namespace rappel::extractor {

// `html`: UTF-8. Nothing: it is not well-formed, or has entities that only HTML knows, or more elements than
// are read.
std::optional<HtmlNodes> parse_xhtml(std::string_view html);

}  // namespace rappel::extractor
