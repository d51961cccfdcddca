// Paragraph styles of a DOCX document: what a paragraph takes from its style and from those that it is
// based on.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "extractor/office/xml.h"

namespace rappel::extractor {

struct ParagraphStyle {
  int heading = 0;          // 1..9; 0: no heading
  std::string numbering;    // w:numId; empty: none
  int numbering_level = 0;  // w:ilvl
};

class ParagraphStyles {
 public:
  // `styles` is w:styles.
  void load(XmlNode styles);
  // An unknown style is the default one.
  ParagraphStyle find(std::string_view id) const;

 private:
  struct Entry {
    std::string base, numbering;
    int outline = -1, level = -1;
    int named = 0;  // heading level by its name
  };
  std::map<std::string, Entry, std::less<>> entries_;
  std::string default_;
};

}  // namespace rappel::extractor
