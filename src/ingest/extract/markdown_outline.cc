#include "ingest/extract/markdown_outline.h"

#include <algorithm>
#include <string>

#include "ingest/content/markdown_lines.h"

namespace rappel {
namespace {

using namespace markdown;

// A longer one is a text that begins with a rule.
constexpr std::size_t kMostFrontMatter = 64 << 10;

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Outline read() {
    skip_front_matter();
    while (next()) read_line();
    end_item();
    return outline_.take();
  }

 private:
  struct Line {
    std::size_t begin = 0;
    std::string_view text;
    std::size_t end() const { return begin + text.size(); }
  };

  bool next() {
    if (at_ >= text_.size()) return false;
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    line_ = {at_, text_.substr(at_, end - at_)};
    at_ = end + 1;
    return true;
  }

  void skip_front_matter() {
    if (!next() || !line_.text.starts_with("---") || trim(line_.text) != "---") {
      at_ = 0;
      return;
    }
    while (at_ < kMostFrontMatter && next())
      if (trim(line_.text) == "---" || trim(line_.text) == "...") return;
    at_ = 0;
  }

  void read_line() {
    const std::string_view line = line_.text;
    if (trim(line).empty()) return end_paragraph();
    if (fence_of(line) > 0) return read_code();
    if (const int level = heading_level(line); level > 0) {
      end_item();
      outline_.heading(level, line_.begin, line_.end(), std::string(heading_text(line)));
      return end_paragraph();
    }
    if (paragraph_lines_ > 0 && paragraph_lines_ <= 3 && !in_item_) {
      if (is_line_of(line, '=', 1)) return underlined(1);
      if (is_line_of(line, '-', 2)) return underlined(2);
    }
    if (paragraph_lines_ > 0 && is_table_rule(line) && last_.text.find('|') != std::string_view::npos)
      return read_table();
    if (is_rule(line)) return end_paragraph();
    if (is_list_item(line)) begin_item();
    if (paragraph_lines_++ == 0) paragraph_ = line_;
    last_ = line_;
    item_end_ = line_.end();
    if (!in_item_) outline_.other();
  }

  // Lines that go on with an item belong to it; blank lines between items do not end a list.
  void begin_item() {
    end_item();
    in_item_ = true;
    item_begin_ = line_.begin;
    paragraph_lines_ = 0;
  }
  void end_item() {
    if (in_item_) outline_.item(item_begin_, item_end_);
    in_item_ = false;
  }
  void end_paragraph() {
    end_item();
    paragraph_lines_ = 0;
  }

  void underlined(int level) {
    std::string text(trim(text_.substr(paragraph_.begin, last_.end() - paragraph_.begin)));
    std::replace(text.begin(), text.end(), '\n', ' ');
    outline_.heading(level, paragraph_.begin, line_.end(), text);
    paragraph_lines_ = 0;
  }

  // To the line that closes the fence, with both.
  void read_code() {
    end_paragraph();
    const std::size_t begin = line_.begin, signs = fence_of(line_.text);
    const char sign = trim(line_.text)[0];
    while (next())
      if (is_line_of(line_.text, sign, signs)) break;
    outline_.other();
    outline_.code(begin, line_.end());
    outline_.other();
  }

  // The line before is the header; the current one parts it from the rows.
  void read_table() {
    end_item();
    std::uint32_t row = 1;
    outline_.other();
    outline_.row(row, true, std::string(text_.substr(last_.begin, line_.end() - last_.begin)), last_.begin);
    paragraph_lines_ = 0;
    while (next()) {
      if (line_.text.find('|') == std::string_view::npos) {
        outline_.other();
        return read_line();
      }
      outline_.row(++row, false, std::string(line_.text), line_.begin);
    }
  }

  const std::string_view text_;
  OutlineBuilder outline_;
  std::size_t at_ = 0;
  Line line_, last_, paragraph_;
  std::size_t paragraph_lines_ = 0;  // of the paragraph so far
  bool in_item_ = false;
  std::size_t item_begin_ = 0, item_end_ = 0;
};

}  // namespace

Outline markdown_outline(std::string_view text) { return Reader(text).read(); }

}  // namespace rappel
