// Paragraphs, lists and tables of OpenDocument, in reading order.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "extractor/office/odf.h"
#include "extractor/office/text.h"

namespace rappel::extractor {

class OdfBlocks {
 public:
  // Both must outlive it.
  OdfBlocks(const Package& package, const OdfStyles& styles) : package_(package), styles_(styles) {}

  // Everything below the node: the body, a cell, a text box. Deleted text is left out. Text boxes and
  // comments stand after the paragraph that anchors them.
  Status give_all(XmlNode parent, const Give& give) { return give_each(parent, give, {}, kMaxXmlDepth); }
  // The same for one element.
  Status give_one(XmlNode node, const Give& give) { return give_node(node, give, {}, kMaxXmlDepth); }
  // Foot- and endnotes of what was given since the last call.
  std::vector<std::string> take_notes() { return std::exchange(notes_, {}); }

 private:
  struct Place {
    int list = 0;  // depth of lists around
  };
  struct Line {
    std::string text;
    std::vector<XmlNode> anchored;
  };

  Status give_each(XmlNode parent, const Give& give, Place place, int depth);
  Status give_node(XmlNode node, const Give& give, Place place, int depth);
  Status give_paragraph(XmlNode node, const Give& give, Place place, int depth);
  Status give_anchored(XmlNode node, const Give& give, int depth);
  Status give_object(XmlNode node, const Give& give, int depth);
  Status give_comment(XmlNode node, const Give& give, int depth);
  Status give_table(XmlNode node, const Give& give, int depth);
  Status give_rows(XmlNode parent, std::uint32_t& rows, bool header, const Give& give, int depth);
  Status give_row(XmlNode node, std::uint32_t& rows, bool header, const Give& give, int depth);
  void add_children(XmlNode parent, Line& line, int depth);
  void add_node(XmlNode node, Line& line, int depth);
  void add_note(XmlNode node, int depth);

  const Package& package_;
  const OdfStyles& styles_;
  std::vector<std::string> notes_;
  std::set<std::string> objects_;  // that were given
};

}  // namespace rappel::extractor
