// Text of one DOCX paragraph: runs, fields, links, insertions; and what is anchored in it.
#pragma once

#include <string>
#include <vector>

#include "extractor/office/xml.h"

namespace rappel::extractor {

enum class NoteKind { kFootnote, kEndnote, kComment };

struct NoteReference {
  NoteKind kind;
  std::string id;
};

struct Anchored {
  enum class Kind {
    kBlocks,   // `node` holds paragraphs and tables of the document: a text box
    kDrawing,  // `node` holds paragraphs of DrawingML
    kChart,    // `value` is a relation
    kDiagram,  // `value` is a relation
    kText,     // `value` is the text
  };
  Kind kind;
  XmlNode node = {};
  std::string value = {};
};

struct DocxLine {
  std::string text;
  std::vector<NoteReference> notes;
  std::vector<Anchored> anchored;
};

// Tracked changes count as accepted: insertions in, deletions out. Hidden text is left out. Fields give their
// result, not their code.
class DocxText {
 public:
  // Adds the content of w:p.
  void add(XmlNode paragraph, DocxLine& line);

 private:
  void add_children(XmlNode parent, DocxLine& line, int depth);
  void add_element(XmlNode node, DocxLine& line, int depth);
  void add_run(XmlNode run, DocxLine& line, int depth);
  void add_in_run(XmlNode node, DocxLine& line, int depth);
  void add_text(std::string_view text, DocxLine& line) const;
  void change_field(XmlNode node);
  bool in_code() const;

  std::vector<bool> fields_;  // open ones; true: in the code, before the result
};

}  // namespace rappel::extractor
