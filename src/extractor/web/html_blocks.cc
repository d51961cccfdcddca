#include "extractor/web/html_blocks.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "extractor/plain/lines.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kCellBytes = 2000;

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f'; }

// Runs of blanks become one; a blank at the start only after text.
void append_folded(std::string_view text, std::string& out) {
  const auto is_hard = [&](std::size_t i) {
    return text[i] == '\xC2' && i + 1 < text.size() && text[i + 1] == '\xA0';
  };
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && !is_space(text[end]) && !is_hard(end)) ++end;
    out.append(text, i, end - i);
    if (end < text.size() && !out.empty() && !is_space(out.back())) out += ' ';
    i = end + (end < text.size() && is_hard(end) ? 2 : 1);
  }
}

class Blocks {
 public:
  Blocks(const HtmlNodes& nodes, const MainText& main, ContentSink& sink)
      : nodes_(nodes), main_(main), sink_(sink) {}

  Status give(std::uint32_t root) {
    for (std::uint32_t i = root; i < nodes_[root].end; ++i) {
      RAPPEL_TRY(close_until(i));
      if (main_.left_out[i]) {
        i = nodes_[i].end - 1;
      } else if (nodes_[i].is_text()) {
        add_text(nodes_[i].text);
      } else {
        RAPPEL_TRY(open(i));
      }
    }
    RAPPEL_TRY(close_until(nodes_[root].end));
    return flush();
  }

 private:
  struct Row {
    std::string cells;
    std::size_t count = 0;
    bool names = true;  // all cells are th
  };

  Status close_until(std::uint32_t at) {
    while (!open_.empty() && nodes_[open_.back()].end <= at) {
      const std::uint32_t closed = open_.back();
      open_.pop_back();
      RAPPEL_TRY(close(nodes_[closed], closed));
    }
    return {};
  }

  Status open(std::uint32_t i) {
    const HtmlNode& node = nodes_[i];
    const HtmlTag& tag = node.tag;
    if (tag.block) RAPPEL_TRY(flush());
    if (node.name == "br") text_ += '\n';
    if (node.name == "ul" || node.name == "ol" || node.name == "dir") ++lists_;
    if (node.name == "li") ++items_;
    if (node.name == "pre" || node.name == "listing") ++pre_;
    if (tag.heading > 0) heading_ = tag.heading;
    if (table_end_ == 0 && node.name == "table" && is_data(i)) {
      table_end_ = node.end;
      row_ = 0;
    }
    if (table_end_ > 0 && (node.name == "td" || node.name == "th")) begin_cell(node);
    open_.push_back(i);
    return {};
  }

  Status close(const HtmlNode& node, std::uint32_t i) {
    const HtmlTag& tag = node.tag;
    if (tag.block) RAPPEL_TRY(flush());
    if (node.name == "ul" || node.name == "ol" || node.name == "dir") --lists_;
    if (node.name == "li") --items_;
    if (node.name == "pre" || node.name == "listing") --pre_;
    if (tag.heading > 0) heading_ = 0;
    if (table_end_ > 0 && node.name == "tr") RAPPEL_TRY(give_row());
    if (table_end_ > 0 && node.name == "table" && node.end == table_end_ && i < table_end_) {
      RAPPEL_TRY(give_row());
      table_end_ = 0;
    }
    return {};
  }

  void begin_cell(const HtmlNode& node) {
    if (cells_.count++ > 0) cells_.cells += '\t';
    cells_.names &= node.name == "th";
    in_cell_ = true;
    cell_begin_ = cells_.cells.size();
  }

  void add_text(std::string_view text) {
    if (pre_ > 0) {
      text_ += text;
    } else {
      append_folded(text, text_);
    }
  }

  // A table of rows with short cells; others lay out a page.
  bool is_data(std::uint32_t table) const {
    std::size_t cells = 0, rows = 0, cell = 0;
    for (std::uint32_t i = table + 1; i < nodes_[table].end; ++i) {
      const HtmlNode& node = nodes_[i];
      const HtmlTag& tag = node.tag;
      if (node.name == "table" || tag.heading > 0) return false;
      rows += node.name == "tr" ? 1 : 0;
      if (node.name == "td" || node.name == "th") {
        ++cells;
        cell = 0;
      }
      cell += node.text.size();
      if (cell > kCellBytes) return false;
    }
    return cells > rows;
  }

  Status give_row() {
    Row row = std::exchange(cells_, {});
    in_cell_ = false;
    if (row.count == 0) return {};
    const bool header = row.names && row_ == 0 && row.count > 1;
    return sink_.block(
        {.kind = BlockKind::kTableRow, .text = std::move(row.cells), .row = ++row_, .header_row = header});
  }

  // Trims the lines of a text that is not preformatted.
  static std::string tidy(std::string_view text) {
    std::string out;
    Lines lines(text);
    for (std::string_view line; lines.next(line);) {
      if (is_blank(line)) continue;
      if (!out.empty()) out += '\n';
      out += trim(line);
    }
    return out;
  }

  Status flush() {
    const std::string raw = std::exchange(text_, {});
    if (is_blank(raw)) return {};
    if (pre_ > 0 && table_end_ == 0) return give_text(raw, BlockKind::kCode, sink_);
    std::string text = tidy(raw);
    if (in_cell_) {
      std::replace(text.begin(), text.end(), '\t', ' ');
      if (cells_.cells.size() > cell_begin_) cells_.cells += '\n';
      cells_.cells += text;
      return {};
    }
    if (heading_ > 0) {
      std::replace(text.begin(), text.end(), '\n', ' ');
      return sink_.block({.kind = BlockKind::kHeading, .text = std::move(text), .level = heading_});
    }
    if (items_ > 0)
      return sink_.block(
          {.kind = BlockKind::kListItem, .text = std::move(text), .level = std::clamp(lists_ - 1, 0, 8)});
    return give_text(text, BlockKind::kParagraph, sink_);
  }

  const HtmlNodes& nodes_;
  const MainText& main_;
  ContentSink& sink_;
  std::vector<std::uint32_t> open_;
  std::string text_;
  int lists_ = 0, items_ = 0, pre_ = 0, heading_ = 0;
  std::uint32_t table_end_ = 0;  // of the data table; 0: in none
  std::uint32_t row_ = 0;
  Row cells_;
  bool in_cell_ = false;
  std::size_t cell_begin_ = 0;
};

}  // namespace

Status give_html_blocks(const HtmlNodes& nodes, const MainText& main, ContentSink& sink) {
  Blocks blocks(nodes, main, sink);
  for (const std::uint32_t root : main.roots) RAPPEL_TRY(blocks.give(root));
  return {};
}

std::string html_text(const HtmlNodes& nodes, std::uint32_t element) {
  std::string text;
  for (std::uint32_t i = element; i < nodes[element].end; ++i) append_folded(nodes[i].text, text);
  return std::string(trim(text));
}

}  // namespace rappel::extractor
