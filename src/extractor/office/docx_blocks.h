// Paragraphs and tables of one part of a DOCX document, in reading order.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "extractor/office/docx_numbering.h"
#include "extractor/office/docx_styles.h"
#include "extractor/office/docx_text.h"
#include "extractor/office/ooxml.h"
#include "extractor/office/text.h"

namespace rappel::extractor {

struct DocxDocument {
  const Package& package;
  ParagraphStyles styles = {};
  Numbering numbering = {};
  std::set<std::string> given = {};  // charts and diagrams, which stand once
};

class DocxBlocks {
 public:
  // Both must outlive it. The relations are those of the part.
  DocxBlocks(DocxDocument& document, const Relations& relations)
      : document_(document), relations_(relations) {}

  // Everything below the node: the body, a cell, a note. Text boxes stand after the paragraph that anchors
  // them; their notes are those of it.
  Status give_all(XmlNode parent, const Give& give, int depth = kMaxXmlDepth);
  // Notes of what was given since the last call.
  std::vector<NoteReference> take_notes() { return std::exchange(notes_, {}); }

 private:
  struct Table {
    std::uint32_t rows = 0;
    bool first_is_header = false;
  };

  Status give_each(XmlNode parent, DocxLine& line, const Give& give, int depth);
  Status give_paragraph(XmlNode node, DocxLine& line, const Give& give, int depth);
  Status give_anchored(const Anchored& anchored, const Give& give, int depth);
  Status give_table(XmlNode node, const Give& give, int depth);
  Status give_rows(XmlNode parent, Table& table, const Give& give, int depth);
  Status give_row(XmlNode node, Table& table, const Give& give, int depth);
  Status add_cells(XmlNode parent, std::string& text, int depth);
  std::string target_once(const std::string& relation);
  Block block_of(XmlNode paragraph, std::string text);

  DocxDocument& document_;
  const Relations& relations_;
  DocxText text_;
  std::vector<NoteReference> notes_;
};

}  // namespace rappel::extractor
