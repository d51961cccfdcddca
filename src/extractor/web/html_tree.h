// HTML as a tree of elements and texts in document order: the adapter of gumbo.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "extractor/web/html_tags.h"

namespace rappel::extractor {

struct HtmlNode {
  std::uint32_t parent = 0;  // of the first node: 0
  std::uint32_t end = 0;     // the node after its last descendant
  std::string name = {};     // lower case; "" for text
  std::string text = {};     // of texts
  std::size_t letters = 0;   // bytes of the text that are no blanks
  HtmlTag tag = {};          // of the name
  std::vector<std::pair<std::string, std::string>> attributes = {};

  void set_name(std::string new_name);
  void set_text(std::string new_text);
  bool is_text() const { return name.empty(); }
  // "" if it is not there.
  std::string_view attribute(std::string_view key) const;
  bool has(std::string_view key) const;
};

// The root element is nodes[0]; an element stands before its descendants, so a loop walks the tree.
using HtmlNodes = std::vector<HtmlNode>;

// `html`: UTF-8, scanned (html_scan.h).
HtmlNodes parse_html(const std::string& html);

}  // namespace rappel::extractor
