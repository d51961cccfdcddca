#include "extractor/web/decoration.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "extractor/web/html_names.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kShare = 500, kCredit = 100, kLong = 150;  // bytes

std::size_t count_words(std::string_view text) {
  std::size_t words = 0;
  bool blank = true;
  for (const char c : text) {
    const bool is_blank = c == ' ' || c == '\n' || c == '\t';
    words += blank && !is_blank ? 1 : 0;
    blank = is_blank;
  }
  return words;
}

bool is_structured(const std::string& name) {
  return name == "pre" || name == "code" || name == "table" || name == "dl" || name == "details";
}

class Decoration {
 public:
  Decoration(const HtmlNodes& nodes, const HtmlMeasure& measure, const std::vector<bool>& left_out)
      : nodes_(nodes), measure_(measure), below_(nodes.size()) {
    for (auto i = static_cast<std::uint32_t>(nodes.size()); i-- > 1;) add(i, left_out);
  }

  bool is_named(std::uint32_t i, const HtmlNode& node) const {
    if (node.tag.heading > 0) return false;
    if (node.name == "form" || node.name == "fieldset" || node.name == "footer")
      return is_small(i) && !below_[i].structured;
    if (measure_.length(i) >= kShare || measure_.is_most(i)) return false;
    const std::string words = words_of(node);
    return has_any(words, {"share", "sharing", "social"}) ||
           (measure_.length(i) < kCredit && has_any(words, {"credit"}));
  }

  bool is_box_of_links(std::uint32_t i, const HtmlNode& node) const {
    const bool list = node.name == "ul" || node.name == "ol";
    if (!list && node.name != "div" && node.name != "header") return false;
    const Below& below = below_[i];
    if (!is_small(i) || below.structured || below.longest >= kLong || below.link_words < 2 * below.links)
      return false;
    const double share = measure_.link_share(i);
    return words_score(node) > 0 ? share > 0.5 : !list && share > 0.2;
  }

  // A third of the words are in long paragraphs.
  bool is_prose(const MainText& main) const {
    std::size_t prose = 0, all = 0;
    for (const std::uint32_t root : main.roots) {
      all += measure_.own_words(root);
      for (std::uint32_t i = root; i < nodes_[root].end; ++i) {
        if (main.left_out[i]) {
          i = nodes_[i].end - 1;
        } else if (is_text_block(i)) {
          if (measure_.own_words(i) >= kLong) prose += measure_.own_words(i);
          i = nodes_[i].end - 1;
        }
      }
    }
    return prose * 10 >= all * 3;
  }

 private:
  struct Below {
    std::size_t longest = 0;  // own words of a paragraph
    std::size_t words = 0, links = 0, link_words = 0;
    bool structured = false;  // code, a table, a list of terms
  };

  bool is_small(std::uint32_t i) const { return measure_.own_words(i) * 5 < measure_.own_words(0); }
  bool is_text_block(std::uint32_t i) const {
    return !nodes_[i].is_text() && nodes_[i].tag.heading == 0 && is_paragraph(nodes_, i);
  }

  // Adds what is known of a node, after its descendants, to its parent.
  void add(std::uint32_t i, const std::vector<bool>& left_out) {
    if (left_out[i]) return;
    const HtmlNode& node = nodes_[i];
    Below& below = below_[i];
    if (node.is_text()) below.words = count_words(node.text);
    if (node.name == "a" && measure_.length(i) > 0) {
      below.links = 1;
      below.link_words = below.words;
    }
    if (is_text_block(i)) below.longest = std::max(below.longest, measure_.own_words(i));
    Below& above = below_[node.parent];
    above.longest = std::max(above.longest, below.longest);
    above.words += below.words;
    above.links += below.links;
    above.link_words += below.link_words;
    above.structured = above.structured || below.structured || is_structured(node.name);
  }

  const HtmlNodes& nodes_;
  const HtmlMeasure& measure_;
  std::vector<Below> below_;
};

}  // namespace

void leave_out_decoration(const HtmlNodes& nodes, const HtmlMeasure& measure, MainText& main) {
  {
    const Decoration decoration(nodes, measure, main.left_out);
    leave_out(nodes, main.left_out,
              [&](std::uint32_t i, const HtmlNode& node) { return decoration.is_named(i, node); });
  }
  const HtmlMeasure rest(nodes, main.left_out);
  const Decoration decoration(nodes, rest, main.left_out);
  if (!decoration.is_prose(main)) return;
  leave_out(nodes, main.left_out,
            [&](std::uint32_t i, const HtmlNode& node) { return decoration.is_box_of_links(i, node); });
}

}  // namespace rappel::extractor
