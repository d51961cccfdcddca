#include "extractor/web/xml_text.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/utf8.h"
#include "extractor/plain/encoding.h"
#include "extractor/plain/lines.h"
#include "extractor/web/html.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kLongestTitle = 1000;

struct Entity {
  std::string_view name, text;
};

constexpr Entity kEntities[] = {{"amp", "&"},   {"lt", "<"},   {"gt", ">"},
                                {"quot", "\""}, {"apos", "'"}, {"nbsp", " "}};

// "#65" or "#x41"; nothing for what is no character.
std::string numbered(std::string_view name) {
  const bool hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
  unsigned long value = 0;
  for (const char c : name.substr(hex ? 2 : 1)) {
    const int digit = c >= '0' && c <= '9'                            ? c - '0'
                      : hex && (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                                      : -1;
    if (digit < 0 || value > 0x10FFFF) return {};
    value = value * (hex ? 16 : 10) + static_cast<unsigned long>(digit);
  }
  std::string text;
  if (value > 0 && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF))
    utf8_append(text, static_cast<char32_t>(value));
  return text;
}

void append_text(std::string_view raw, std::string& out) {
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const std::size_t end = raw[i] == '&' ? raw.substr(0, i + 12).find(';', i) : std::string_view::npos;
    if (end == std::string_view::npos) {
      out += raw[i];
      continue;
    }
    const std::string_view name = raw.substr(i + 1, end - i - 1);
    const auto* known = std::find_if(std::begin(kEntities), std::end(kEntities),
                                     [&](const Entity& entity) { return entity.name == name; });
    if (known != std::end(kEntities)) {
      out += known->text;
    } else if (name.starts_with('#')) {
      out += numbered(name);
    } else {
      out += raw.substr(i, end - i + 1);
    }
    i = end;
  }
}

// Runs of blanks and line ends become one blank.
std::string folded(std::string_view text) {
  std::string out;
  bool blank = false;
  for (const char c : text) {
    if (c == ' ' || c == '\n' || c == '\t') {
      blank = !out.empty();
      continue;
    }
    if (std::exchange(blank, false)) out += ' ';
    out += c;
  }
  return out;
}

class XmlText {
 public:
  XmlText(std::string_view text, ContentSink& sink) : text_(text), sink_(sink) {}

  Status read() {
    while (at_ < text_.size()) {
      const std::size_t tag = std::min(text_.find('<', at_), text_.size());
      RAPPEL_TRY(read_text(text_.substr(at_, tag - at_)));
      at_ = tag;
      if (at_ < text_.size()) read_tag();
    }
    return flush();
  }

 private:
  Status read_text(std::string_view raw) {
    const bool gap = is_blank(raw);
    // Elements that follow each other without text between, or on lines of their own, are no running text.
    const bool parted = raw.find_first_of("\n\t") != std::string_view::npos || (raw.empty() && opens_next());
    if (gap && parted) return flush();
    append_text(raw, block_);
    return {};
  }

  bool opens_next() const { return at_ + 1 < text_.size() && text_[at_ + 1] != '/' && text_[at_ + 1] != '!'; }

  void read_tag() {
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("<!--")) return skip_past("-->");
    if (rest.starts_with("<![CDATA[")) {
      const std::size_t end = std::min(text_.find("]]>", at_), text_.size());
      block_ += text_.substr(at_ + 9, end - at_ - 9);
      at_ = std::min(end + 3, text_.size());
      return;
    }
    if (rest.starts_with("<?")) return skip_past("?>");
    if (rest.starts_with("<!")) return skip_declaration();
    element();
  }

  // Follows the depth, and whether the text to come is that of a title.
  void element() {
    const std::size_t begin = at_;
    skip_element();
    const std::string_view tag = text_.substr(begin, at_ - begin);
    if (tag.starts_with("</")) {
      depth_ -= depth_ > 0 ? 1 : 0;
      return;
    }
    std::string_view name = tag.substr(1, tag.find_first_of(" \t\n/>", 1) - 1);
    name = name.substr(name.rfind(':') + 1);
    in_title_ = name == "title";
    depth_ += tag.ends_with("/>") ? 0 : 1;
    if (in_title_) title_depth_ = depth_;
  }

  Status give_title(const std::string& text) {
    if (first_title_ == 0) first_title_ = title_depth_;
    RAPPEL_TRY(sink_.property("title", text));
    const int level = title_depth_ - first_title_ + 1;
    return sink_.block({.kind = BlockKind::kHeading, .text = text, .level = std::clamp(level, 1, 9)});
  }

  void skip_past(std::string_view end) {
    const std::size_t found = text_.find(end, at_);
    at_ = found == std::string_view::npos ? text_.size() : found + end.size();
  }

  // A document type may hold declarations in brackets.
  void skip_declaration() {
    std::size_t end = text_.find_first_of(">[", at_);
    if (end != std::string_view::npos && text_[end] == '[') {
      end = text_.find(']', end);
      if (end != std::string_view::npos) end = text_.find('>', end);
    }
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
  }

  // Values of attributes may hold >.
  void skip_element() {
    char quote = '\0';
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (quote != '\0') {
        quote = c == quote ? '\0' : quote;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '>') {
        ++at_;
        return;
      }
    }
  }

  // Feeds hold HTML as the text of an element.
  static bool is_html(std::string_view text) {
    const std::size_t end = text.find("</");
    return text.find("<p>") != std::string_view::npos || text.find("<br") != std::string_view::npos ||
           (end != std::string_view::npos && text.find('>', end) != std::string_view::npos);
  }

  Status flush() {
    const std::string text = std::exchange(block_, {});
    if (is_html(text)) return give_html(text, {.main_text = false, .properties = false}, sink_);
    if (std::exchange(in_title_, false) && !is_blank(text) && text.size() < kLongestTitle)
      return give_title(folded(text));
    return give_text(folded(text), BlockKind::kParagraph, sink_);
  }

  const std::string_view text_;
  ContentSink& sink_;
  std::size_t at_ = 0;
  std::string block_;
  bool in_title_ = false;
  int depth_ = 0, title_depth_ = 0, first_title_ = 0;
};

}  // namespace

std::string declared_encoding(std::string_view bytes) {
  const std::string_view start = bytes.substr(0, 4096);
  for (const std::string_view key : {"encoding=", "charset="}) {
    std::size_t at = start.find(key);
    if (at == std::string_view::npos) continue;
    at = start.find_first_not_of("\"' ", at + key.size());
    if (at == std::string_view::npos) continue;
    const std::size_t end = start.find_first_of("\"'?>; /", at);
    if (end != std::string_view::npos) return std::string(start.substr(at, end - at));
  }
  return {};
}

Status read_xml(const Source& source, ContentSink& sink) {
  std::string text;
  const std::string named = source.charset.empty() ? declared_encoding(source.bytes) : source.charset;
  RAPPEL_TRY(decode_text(source.bytes, named, sink, text));
  return XmlText(text, sink).read();
}

}  // namespace rappel::extractor
