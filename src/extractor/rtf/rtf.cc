#include "extractor/rtf/rtf.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "extractor/plain/lines.h"
#include "extractor/rtf/rtf_text.h"
#include "extractor/rtf/rtf_tokens.h"
#include "extractor/rtf/rtf_words.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kDeepest = 2000, kMostStyles = 10'000, kMostNotes = 64;

struct Group {
  RtfGroup kind = RtfGroup::kNone;  // of the innermost destination
  bool starred = false;             // \* came just before
  bool owner = false;               // it opened a note or a box, which ends with it
  bool in_upr = false;              // the text is there twice: for old readers and in Unicode
  bool hidden = false, deleted = false;
  long font = 0, uc = 1;
  std::string_view field;  // of the information group: "title"
};

struct Paragraph {
  int level = 0;  // of a heading; 0: none
  int list_level = -1;
  bool in_table = false;
};

// A paragraph that is interrupted by a note or a box.
struct Interrupted {
  RtfText text;
  Paragraph paragraph;
  RtfGroup kind;
};

class Rtf {
 public:
  Rtf(std::string_view bytes, ContentSink& sink) : tokens_(bytes), sink_(sink) {}

  Status read() {
    groups_.push_back({});
    for (RtfToken token = tokens_.next(); token.kind != RtfKind::kEnd; token = tokens_.next()) {
      RAPPEL_TRY(read(token));
      if (groups_.empty()) break;
      if (groups_.size() > kDeepest) {
        RAPPEL_TRY(
            sink_.warning(fmt::format("it is nested deeper than {} groups; the rest is left out", kDeepest)));
        break;
      }
    }
    while (!interrupted_.empty()) end_aside();
    RAPPEL_TRY(end_row());
    RAPPEL_TRY(end_paragraph());
    RAPPEL_TRY(sink_.property("created_at", created_.text()));
    return sink_.property("modified_at", modified_.text());
  }

 private:
  struct Time {
    long year = 0, month = 1, day = 1, hour = 0, minute = 0;
    std::string text() const {
      if (year < 1900 || year > 9999) return {};
      return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:00Z", year, month, day, hour, minute);
    }
  };

  Group& group() { return groups_.back(); }

  Status read(const RtfToken& token) {
    switch (token.kind) {
      case RtfKind::kOpen: groups_.push_back(group()); return open();
      case RtfKind::kClose: return close();
      case RtfKind::kWord: return word(token);
      case RtfKind::kSymbol: return symbol(token.text[0]);
      case RtfKind::kByte: {
        const char byte = static_cast<char>(token.value);
        add_bytes(std::string_view(&byte, 1));
        return {};
      }
      default: add_bytes(token.text); return {};
    }
  }

  Status open() {
    group().owner = group().starred = false;
    skip_ = 0;
    return {};
  }

  Status close() {
    skip_ = 0;
    const Group closed = group();
    if (closed.kind == RtfGroup::kInfo) RAPPEL_TRY(end_info(closed.field));
    if (closed.kind == RtfGroup::kStyles) end_style();
    if (closed.owner) end_aside();
    groups_.pop_back();
    if (groups_.size() == 1) groups_.clear();  // what follows the document is not of it
    return {};
  }

  // Text of the body, of notes and boxes; not that of tables of fonts or styles.
  bool reads_text() {
    const RtfGroup kind = group().kind;
    return kind == RtfGroup::kNone || kind == RtfGroup::kNote || kind == RtfGroup::kBox ||
           kind == RtfGroup::kEnter;
  }

  bool is_visible() { return reads_text() && !group().hidden && !group().deleted; }

  const std::string& encoding() {
    const auto font = fonts_.find(group().font);
    return font == fonts_.end() || font->second.empty() ? encoding_ : font->second;
  }

  void add_bytes(std::string_view bytes) {
    const std::size_t skipped = std::min<std::size_t>(bytes.size(), static_cast<std::size_t>(skip_));
    skip_ -= static_cast<long>(skipped);
    bytes.remove_prefix(skipped);
    if (bytes.empty()) return;
    if (is_visible()) text_.add_bytes(bytes, encoding());
    if (group().kind == RtfGroup::kInfo) info_.add_bytes(bytes, encoding_);
    if (group().kind == RtfGroup::kStyles) style_name_.append(bytes.substr(0, 100));
  }

  void add_utf8(std::string_view text) {
    if (skip_ > 0) {
      --skip_;
    } else if (is_visible()) {
      text_.add_utf8(text);
    }
  }

  Status symbol(char sign) {
    switch (sign) {
      case '*': group().starred = true; break;
      case '~': add_utf8(" "); break;
      case '_': add_utf8("-"); break;
      case '\\':
      case '{':
      case '}': add_bytes(std::string_view(&sign, 1)); break;
      case '\n':
      case '\r': return is_visible() ? end_line() : Status();
      default: break;
    }
    return {};
  }

  Status word(const RtfToken& token) {
    const std::string_view name = token.text;
    if (name == "bin") {
      tokens_.skip(static_cast<std::size_t>(std::max(token.value, 0L)));
      return {};
    }
    if (name == "u") return unit(token.value);
    if (const auto character = rtf_character(name); !character.empty()) {
      add_utf8(character);
      return {};
    }
    const bool starred = std::exchange(group().starred, false);
    if (enter(name, starred)) return {};
    if (group().kind == RtfGroup::kFonts) return font_word(token);
    if (group().kind == RtfGroup::kStyles) return style_word(token);
    if (group().kind == RtfGroup::kInfo) return info_word(token);
    if (group().kind == RtfGroup::kSkip) return {};
    if (document_word(token) || character_word(token) || paragraph_word(token)) return {};
    return structure_word(name);
  }

  Status unit(long value) {
    if (is_visible()) text_.add_unit(value);
    if (group().kind == RtfGroup::kInfo) info_.add_unit(value);
    skip_ = group().uc;
    return {};
  }

  // True if the word opens a destination, or the group is one that is not known.
  bool enter(std::string_view name, bool starred) {
    if (name == "upr") {
      group().in_upr = true;
      group().kind = RtfGroup::kSkip;
      return true;
    }
    if (name == "ud" && group().in_upr) {
      const auto outer =
          std::find_if(groups_.rbegin(), groups_.rend(), [](const Group& g) { return !g.in_upr; });
      group() = outer == groups_.rend() ? Group() : *outer;
      group().owner = false;
      return true;
    }
    if (group().kind == RtfGroup::kSkip) return true;
    const RtfGroup found = rtf_group(name);
    if (found == RtfGroup::kNone || found == RtfGroup::kEnter) {
      if (found == RtfGroup::kNone && starred) group().kind = RtfGroup::kSkip;
      return found == RtfGroup::kEnter || starred;
    }
    if (found == RtfGroup::kNote || found == RtfGroup::kBox) {
      begin_aside(found);
    } else {
      group().kind = found;
    }
    return true;
  }

  void begin_aside(RtfGroup kind) {
    if (!is_visible() || interrupted_.size() >= kMostNotes) {
      group().kind = RtfGroup::kSkip;
      return;
    }
    interrupted_.push_back({std::exchange(text_, {}), paragraph_, kind});
    paragraph_ = {};
    group().kind = kind;
    group().owner = true;
  }

  void end_aside() {
    Interrupted outer = std::move(interrupted_.back());
    interrupted_.pop_back();
    std::string text(trim(text_.take()));
    const bool note = outer.kind == RtfGroup::kNote;
    if (!text.empty())
      asides_.push_back({.kind = note ? BlockKind::kNote : BlockKind::kParagraph, .text = std::move(text)});
    text_ = std::move(outer.text);
    paragraph_ = outer.paragraph;
  }

  Status font_word(const RtfToken& token) {
    if (token.text == "f") font_ = token.value;
    if (fonts_.size() > kMostStyles) return {};
    if (token.text == "fcharset") fonts_[font_] = rtf_charset(token.value);
    if (token.text == "cpg" && !rtf_codepage(token.value).empty()) fonts_[font_] = rtf_codepage(token.value);
    return {};
  }

  Status style_word(const RtfToken& token) {
    if (token.text == "s") style_ = token.value;
    if (token.text == "outlinelevel") style_level_ = static_cast<int>(std::clamp(token.value, 0L, 9L)) + 1;
    return {};
  }

  // "heading 2;" in any case.
  void end_style() {
    std::string name(trim(std::exchange(style_name_, {})));
    const int outline = std::exchange(style_level_, 0);
    const long number = std::exchange(style_, -1);
    if (number < 0 || styles_.size() > kMostStyles) return;
    name = lower_case(name);
    int level = outline > 9 ? 0 : outline;
    if (level == 0 && name.starts_with("heading ") && name.size() >= 9 && name[8] >= '1' && name[8] <= '9')
      level = name[8] - '0';
    if (level == 0 && name.starts_with("title")) level = 1;
    if (level > 0) styles_[number] = level;
  }

  Status info_word(const RtfToken& token) {
    for (const std::string_view field : {"title", "author", "subject", "creatim", "revtim"})
      if (token.text == field) group().field = field;
    if (token.text == "operator" || token.text == "keywords" || token.text == "company" ||
        token.text == "manager" || token.text == "category" || token.text == "doccomm" ||
        token.text == "hlinkbase")
      group().kind = RtfGroup::kSkip;
    if (group().field != "creatim" && group().field != "revtim") return {};
    Time& time = group().field == "creatim" ? created_ : modified_;
    const std::pair<std::string_view, long*> parts[] = {{"yr", &time.year},
                                                        {"mo", &time.month},
                                                        {"dy", &time.day},
                                                        {"hr", &time.hour},
                                                        {"min", &time.minute}};
    for (const auto& [name, part] : parts)
      if (token.text == name) *part = std::clamp(token.value, 0L, 9999L);
    return {};
  }

  Status end_info(std::string_view field) {
    const std::string value(trim(info_.take()));
    if (field.empty() || field == "creatim" || field == "revtim") return {};
    return sink_.property(field, value);
  }

  bool document_word(const RtfToken& token) {
    if (token.text == "ansicpg") {
      if (const std::string named = rtf_codepage(token.value); !named.empty()) encoding_ = named;
    } else if (token.text == "mac") {
      encoding_ = "macintosh";
    } else if (token.text == "pc") {
      encoding_ = "cp437";
    } else if (token.text == "pca") {
      encoding_ = "cp850";
    } else if (token.text == "deff") {
      default_font_ = token.value;
      group().font = token.value;
    } else {
      return false;
    }
    return true;
  }

  bool character_word(const RtfToken& token) {
    const bool on = !token.has_value || token.value != 0;
    if (token.text == "f") {
      group().font = token.value;
    } else if (token.text == "uc") {
      group().uc = std::clamp(token.value, 0L, 8L);
    } else if (token.text == "v") {
      group().hidden = on;
    } else if (token.text == "deleted") {
      group().deleted = on;
    } else if (token.text == "plain") {
      group().hidden = group().deleted = false;
      group().font = default_font_;
    } else {
      return false;
    }
    return true;
  }

  bool paragraph_word(const RtfToken& token) {
    if (token.text == "pard") {
      paragraph_ = {};
    } else if (token.text == "s") {
      const auto style = styles_.find(token.value);
      paragraph_.level = style == styles_.end() ? 0 : style->second;
    } else if (token.text == "outlinelevel") {
      paragraph_.level = token.value >= 0 && token.value < 9 ? static_cast<int>(token.value) + 1 : 0;
    } else if (token.text == "intbl") {
      paragraph_.in_table = true;
    } else if (token.text == "ls" && token.value > 0) {
      paragraph_.list_level = std::max(paragraph_.list_level, 0);
    } else if (token.text == "ilvl") {
      paragraph_.list_level = static_cast<int>(std::clamp(token.value, 0L, 8L));
    } else if (token.text == "trhdr") {
      header_row_ = true;
    } else {
      return false;
    }
    return true;
  }

  Status structure_word(std::string_view name) {
    if (name == "par" || name == "sect" || name == "page") return end_line();
    if (name == "cell") {
      end_cell();
    } else if (name == "nestcell" || name == "nestrow") {
      text_.add_utf8("\n");
    } else if (name == "row") {
      return end_row();
    } else if (name == "trowd") {
      header_row_ = false;
    } else if (name == "listtext" || name == "pntext") {
      paragraph_.list_level = std::max(paragraph_.list_level, 0);
    }
    return {};
  }

  // Notes, boxes and cells keep their paragraphs together.
  Status end_line() {
    if (interrupted_.empty() && !paragraph_.in_table) return end_paragraph();
    text_.add_utf8("\n");
    return {};
  }

  void end_cell() {
    std::string cell(trim(text_.take()));
    std::replace(cell.begin(), cell.end(), '\t', ' ');
    if (std::exchange(in_row_, true)) cells_ += '\t';
    cells_ += cell;
  }

  Status end_row() {
    if (!interrupted_.empty() || !std::exchange(in_row_, false)) return {};
    RAPPEL_TRY(sink_.block({.kind = BlockKind::kTableRow,
                            .text = std::exchange(cells_, {}),
                            .row = ++row_,
                            .header_row = header_row_}));
    return give_asides();
  }

  Status end_paragraph() {
    const std::string text = text_.take();
    const std::string_view trimmed = trim(text);
    if (!trimmed.empty()) {
      row_ = 0;
      if (paragraph_.level > 0) {
        std::string line(trimmed);
        std::replace_if(
            line.begin(), line.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
        RAPPEL_TRY(
            sink_.block({.kind = BlockKind::kHeading, .text = std::move(line), .level = paragraph_.level}));
      } else if (paragraph_.list_level >= 0) {
        RAPPEL_TRY(sink_.block(
            {.kind = BlockKind::kListItem, .text = std::string(trimmed), .level = paragraph_.list_level}));
      } else {
        RAPPEL_TRY(give_text(trimmed, BlockKind::kParagraph, sink_));
      }
    }
    return give_asides();
  }

  Status give_asides() {
    for (Block& block : std::exchange(asides_, {})) RAPPEL_TRY(sink_.block(std::move(block)));
    return {};
  }

  RtfTokens tokens_;
  ContentSink& sink_;
  std::vector<Group> groups_;
  std::string encoding_ = "windows-1252";
  std::map<long, std::string> fonts_;  // their encodings
  std::map<long, int> styles_;         // those of headings: their levels
  long default_font_ = 0, font_ = 0, style_ = -1, skip_ = 0;
  int style_level_ = 0;
  std::string style_name_;
  RtfText text_, info_;
  Paragraph paragraph_;
  std::vector<Interrupted> interrupted_;
  std::vector<Block> asides_;
  std::string cells_;
  std::uint32_t row_ = 0;
  bool in_row_ = false, header_row_ = false;
  Time created_, modified_;
};

}  // namespace

Status read_rtf(const Source& source, ContentSink& sink) {
  if (source.bytes.find("{\\rtf") == std::string_view::npos)
    return Status(Code::kInvalidArgument, "it is not an RTF document; save it again from its own program");
  return Rtf(source.bytes.substr(source.bytes.find("{\\rtf")), sink).read();
}

}  // namespace rappel::extractor
