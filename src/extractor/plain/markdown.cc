#include "extractor/plain/markdown.h"

#include <algorithm>
#include <string>
#include <utility>

#include "extractor/plain/encoding.h"
#include "extractor/plain/front_matter.h"
#include "extractor/plain/lines.h"
#include "ingest/content/markdown_lines.h"

namespace rappel::extractor {
namespace {

using markdown::fence_of;
using markdown::heading_level;
using markdown::heading_text;
using markdown::is_line_of;
using markdown::is_list_item;
using markdown::is_rule;
using markdown::is_table_rule;

// "| a | b \| c |" -> "a", "b | c" parted by a tab.
std::string cells_of(std::string_view line) {
  line = trim(line);
  if (line.starts_with('|')) line.remove_prefix(1);
  if (line.ends_with('|') && !line.ends_with("\\|")) line.remove_suffix(1);
  std::string cells, cell;
  const auto add = [&](bool last) {
    cells += trim(cell);
    if (!last) cells += '\t';
    cell.clear();
  };
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '|') {
      cell += line[++i];
    } else if (line[i] == '|') {
      add(false);
    } else {
      cell += line[i] == '\t' ? ' ' : line[i];
    }
  }
  add(true);
  return cells;
}

class Markdown {
 public:
  Markdown(std::string_view text, ContentSink& sink) : text_(text), lines_(text), sink_(sink) {}

  Status read() {
    for (std::string_view line; lines_.next(line);) RAPPEL_TRY(read_line(line));
    return give_pending(text_.size());
  }

 private:
  Status read_line(std::string_view line) {
    const std::size_t begin = lines_.begin();
    if (fence_of(line) > 0) return read_code(line);
    if (is_blank(line)) return give_pending(begin);
    if (const int level = heading_level(line); level > 0) {
      RAPPEL_TRY(give_pending(begin));
      return heading(heading_text(line), level);
    }
    if (has_pending_ && pending_kind_ == BlockKind::kParagraph && pending_lines_ <= 3) {
      if (is_line_of(line, '=', 1)) return underlined(begin, 1);
      if (is_line_of(line, '-', 2)) return underlined(begin, 2);
    }
    if (has_pending_ && is_table_rule(line) && last_line_.find('|') != std::string_view::npos)
      return read_table();
    if (is_rule(line)) return give_pending(begin);
    if (is_list_item(line)) return begin_item(line);
    add(line, BlockKind::kParagraph);
    return {};
  }

  void add(std::string_view line, BlockKind kind) {
    if (!has_pending_) {
      has_pending_ = true;
      pending_begin_ = lines_.begin();
      pending_kind_ = kind;
      pending_lines_ = 0;
    }
    last_line_ = line;
    last_begin_ = lines_.begin();
    ++pending_lines_;
  }

  Status begin_item(std::string_view line) {
    RAPPEL_TRY(give_pending(lines_.begin()));
    item_level_ = static_cast<int>(std::min<std::size_t>(indent_of(line) / 2, 8));
    add(line, BlockKind::kListItem);
    return {};
  }

  Status give_pending(std::size_t end) {
    if (!std::exchange(has_pending_, false)) return {};
    const std::string_view text = text_.substr(pending_begin_, end - pending_begin_);
    if (pending_kind_ != BlockKind::kListItem) return give_text(text, pending_kind_, sink_);
    return sink_.block({.kind = BlockKind::kListItem, .text = std::string(trim(text)), .level = item_level_});
  }

  Status underlined(std::size_t end, int level) {
    has_pending_ = false;
    std::string text(trim(text_.substr(pending_begin_, end - pending_begin_)));
    std::replace(text.begin(), text.end(), '\n', ' ');
    return heading(text, level);
  }

  Status heading(std::string_view text, int level) {
    return sink_.block({.kind = BlockKind::kHeading, .text = std::string(text), .level = level});
  }

  // To the line that closes the fence, with both.
  Status read_code(std::string_view fence) {
    const std::size_t begin = lines_.begin();
    RAPPEL_TRY(give_pending(begin));
    const std::size_t signs = fence_of(fence);
    const char sign = trim(fence)[0];
    for (std::string_view line; lines_.next(line);)
      if (is_line_of(line, sign, signs)) break;
    return give_text(text_.substr(begin, lines_.at() - begin), BlockKind::kCode, sink_);
  }

  // The pending line is the header; the current one parts it from the rows.
  Status read_table() {
    const std::string_view header = last_line_;
    if (pending_lines_ > 1) {
      RAPPEL_TRY(give_pending(last_begin_));
    } else {
      has_pending_ = false;
    }
    std::uint32_t row = 0;
    RAPPEL_TRY(give_row(header, ++row));
    for (std::string_view line; lines_.next(line);) {
      if (line.find('|') == std::string_view::npos) return read_line(line);
      RAPPEL_TRY(give_row(line, ++row));
    }
    return {};
  }

  Status give_row(std::string_view line, std::uint32_t row) {
    return sink_.block(
        {.kind = BlockKind::kTableRow, .text = cells_of(line), .row = row, .header_row = row == 1});
  }

  const std::string_view text_;
  Lines lines_;
  ContentSink& sink_;
  bool has_pending_ = false;
  BlockKind pending_kind_ = BlockKind::kParagraph;
  std::size_t pending_begin_ = 0, pending_lines_ = 0, last_begin_ = 0;
  std::string_view last_line_;
  int item_level_ = 0;
};

}  // namespace

Status give_markdown(std::string_view text, ContentSink& sink) { return Markdown(text, sink).read(); }

Status read_markdown(const Source& source, ContentSink& sink) {
  std::string text;
  RAPPEL_TRY(decode_text(source.bytes, source.charset, sink, text));
  std::string_view rest = text;
  RAPPEL_TRY(take_front_matter(rest, sink));
  return give_markdown(rest, sink);
}

}  // namespace rappel::extractor
