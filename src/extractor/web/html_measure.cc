#include "extractor/web/html_measure.h"

#include <string>

namespace rappel::extractor {

HtmlMeasure::HtmlMeasure(const HtmlNodes& nodes, const std::vector<bool>& left_out)
    : length_(nodes.size(), 0), links_(nodes.size(), 0) {
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    if (left_out[i]) {
      i = nodes[i].end - 1;
      continue;
    }
    length_[i] = nodes[i].letters;
  }
  for (auto i = static_cast<std::uint32_t>(nodes.size()); i-- > 1;) {
    if (nodes[i].name == "a") links_[i] = length_[i];
    length_[nodes[i].parent] += length_[i];
    links_[nodes[i].parent] += links_[i];
  }
}

bool is_paragraph(const HtmlNodes& nodes, std::uint32_t i) {
  const std::string& name = nodes[i].name;
  if (name == "p" || name == "pre" || name == "td" || name == "blockquote") return true;
  if (name != "div" && name != "section" && name != "li" && name != "dd") return false;
  for (std::uint32_t child = i + 1; child < nodes[i].end; child = nodes[child].end)
    if (nodes[child].tag.block) return false;
  return true;
}

}  // namespace rappel::extractor
