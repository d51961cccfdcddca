// Numbers of list items and headings of a DOCX document: "1.", "2.1", "c)".
#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "extractor/office/xml.h"

namespace rappel::extractor {

class Numbering {
 public:
  // `numbering` is w:numbering. Once.
  void load(XmlNode numbering);
  // Counts the paragraph; call once for each, in order. Empty for bullets and unknown lists.
  std::string next(std::string_view list, int level);

 private:
  static constexpr int kLevels = 9;
  struct Level {
    int start = 1;
    int restart = -1;  // the level whose paragraphs restart this one; -1: every higher one; 0: none
    bool legal = false;
    std::string format = {}, text = {};
  };
  struct Scheme {
    std::array<Level, kLevels> levels;
    std::string style, style_link;  // w:styleLink, w:numStyleLink
    std::array<int, kLevels> counts = {};
    std::array<bool, kLevels> begun = {};
  };
  struct List {
    std::string scheme;
    std::map<int, Level> levels;  // instead of the scheme's
    std::map<int, int> starts;
    bool begun = false;
  };

  static Level read_level(XmlNode node);
  void follow_style_links();
  const Level& level_of(const Scheme& scheme, const List& list, int level) const;
  std::string render(const Scheme& scheme, const List& list, int level) const;

  std::map<std::string, Scheme, std::less<>> schemes_;
  std::map<std::string, List, std::less<>> lists_;
};

// "iv", "d", "04", .. by the name of the format (w:numFmt); decimal for unknown ones.
std::string format_number(int number, std::string_view format);

}  // namespace rappel::extractor
