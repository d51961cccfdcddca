// Shapes of one PPTX slide, in reading order.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "extractor/office/by_position.h"
#include "extractor/office/ooxml.h"
#include "extractor/office/text.h"

namespace rappel::extractor {

// Where layouts and masters put the placeholders that a slide does not move; in EMU.
class PptxLayouts {
 public:
  explicit PptxLayouts(const Package& package) : package_(package) {}

  // Null: unknown.
  const SlideBox* find(const std::string& layout, std::string_view type, std::string_view index);

 private:
  struct Placeholder {
    std::string type, index;
    SlideBox box;
  };
  const std::vector<Placeholder>& placeholders_of(const std::string& part);
  const SlideBox* find_in(const std::string& part, std::string_view type, std::string_view index);

  const Package& package_;
  std::map<std::string, std::vector<Placeholder>> by_part_;
  std::map<std::string, std::string> masters_;  // by layout
};

class PptxSlide {
 public:
  // All must outlive it. `given`: footers, charts and diagrams that are not given again.
  PptxSlide(const Package& package, PptxLayouts& layouts, const Relations& relations,
            std::set<std::string>& given)
      : package_(package),
        layouts_(layouts),
        relations_(relations),
        layout_(target_of_type(relations, "slideLayout")),
        given_(given) {}

  // p:spTree: shapes by position; in their order in the file where they cover each other, because then the
  // places say little.
  Status give_tree(XmlNode tree, const Give& give);

 private:
  struct Item {
    double x = 0, y = 0;
    SlideBox box = {};
    XmlNode node = {};
  };
  void collect(XmlNode tree, std::vector<Item>& items, int depth);
  bool place(XmlNode node, Item& item, int depth);
  static bool overlap(const std::vector<Item>& items);
  Status give_items(XmlNode tree, const Give& give, int depth, bool as_stored);
  Status give_shape(XmlNode shape, const Give& give);
  std::string target_once(XmlNode node, const char* relation);
  Status give_frame(XmlNode frame, const Give& give);

  const Package& package_;
  PptxLayouts& layouts_;
  const Relations& relations_;
  const std::string layout_;
  std::set<std::string>& given_;
};

}  // namespace rappel::extractor
