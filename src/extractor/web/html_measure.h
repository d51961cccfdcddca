// Amounts of text below each node of a page, in bytes without blanks, without what is left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "extractor/web/html_tree.h"

namespace rappel::extractor {

// Marks the elements for which `is(index, node)` is true; it is not asked about what is within them.
template <class Is>
void leave_out(const HtmlNodes& nodes, std::vector<bool>& left_out, const Is& is) {
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    if (!left_out[i] && (nodes[i].is_text() || !is(i, nodes[i]))) continue;
    left_out[i] = true;
    i = nodes[i].end - 1;
  }
}

class HtmlMeasure {
 public:
  HtmlMeasure() = default;
  HtmlMeasure(const HtmlNodes& nodes, const std::vector<bool>& left_out);

  std::size_t length(std::uint32_t i) const { return length_[i]; }
  std::size_t links(std::uint32_t i) const { return links_[i]; }  // of it in links
  std::size_t own_words(std::uint32_t i) const { return length_[i] - links_[i]; }
  double link_share(std::uint32_t i) const {
    return length_[i] == 0 ? 0 : static_cast<double>(links_[i]) / static_cast<double>(length_[i]);
  }
  // Pages hide themselves until a script has run, or give their wrapper a name of something else.
  bool is_most(std::uint32_t i) const { return length_[i] * 2 > length_[0]; }

 private:
  std::vector<std::size_t> length_, links_;
};

// A block that holds no other blocks.
bool is_paragraph(const HtmlNodes& nodes, std::uint32_t i);

}  // namespace rappel::extractor
