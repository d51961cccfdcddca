#include "extractor/web/html_scan.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <vector>

#include "base/ascii.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kTagBytes = 16 << 10, kTagAttributes = 128, kNameBytes = 32;

enum Kind : unsigned {
  kVoid = 1,
  kSelfEnding = 2,  // closed by the parser where the next one begins, so they do not nest by themselves
  kUnread = 4,      // the parser takes what they hold as text; nobody reads it
  kRawText = 8,
};

struct Kinds {
  std::string_view name;
  unsigned kinds;
};

constexpr Kinds kKinds[] = {
    {"a", kSelfEnding},      {"area", kVoid},           {"base", kVoid},        {"basefont", kVoid},
    {"bgsound", kVoid},      {"body", kSelfEnding},     {"br", kVoid},          {"caption", kSelfEnding},
    {"col", kVoid},          {"colgroup", kSelfEnding}, {"dd", kSelfEnding},    {"dt", kSelfEnding},
    {"embed", kVoid},        {"frame", kVoid},          {"head", kSelfEnding},  {"hr", kVoid},
    {"html", kSelfEnding},   {"iframe", kUnread},       {"img", kVoid},         {"input", kVoid},
    {"keygen", kVoid},       {"li", kSelfEnding},       {"link", kVoid},        {"meta", kVoid},
    {"noembed", kUnread},    {"noframes", kUnread},     {"noscript", kUnread},  {"optgroup", kSelfEnding},
    {"option", kSelfEnding}, {"p", kSelfEnding},        {"param", kVoid},       {"rp", kSelfEnding},
    {"rt", kSelfEnding},     {"script", kUnread},       {"source", kVoid},      {"style", kUnread},
    {"tbody", kSelfEnding},  {"td", kSelfEnding},       {"template", kUnread},  {"textarea", kRawText},
    {"tfoot", kSelfEnding},  {"th", kSelfEnding},       {"thead", kSelfEnding}, {"title", kRawText},
    {"tr", kSelfEnding},     {"track", kVoid},          {"wbr", kVoid},         {"xmp", kUnread}};

constexpr bool before(const Kinds& a, const Kinds& b) { return a.name < b.name; }
static_assert(std::is_sorted(std::begin(kKinds), std::end(kKinds), before));

unsigned kinds_of(std::string_view name) {
  const auto* const found = std::lower_bound(std::begin(kKinds), std::end(kKinds), Kinds{name, 0}, before);
  return found != std::end(kKinds) && found->name == name ? found->kinds : 0;
}

bool ends_name(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == '/' || c == '>';
}

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

struct Tag {
  std::string name;  // lower case
  unsigned kinds = 0;
  bool end = false, self_closed = false, huge = false;
  std::size_t after = 0;
};

class Scan {
 public:
  explicit Scan(std::string_view html) : html_(html) {
    const std::string_view start = html.substr(0, 1024);
    xml_ = start.find("<?xml") != std::string_view::npos || start.find("xhtml") != std::string_view::npos ||
           start.find("XHTML") != std::string_view::npos;
    out_.html.reserve(html.size());
  }

  ScannedHtml run() {
    while (at_ < html_.size()) {
      const std::size_t open = std::min(html_.find('<', at_), html_.size());
      out_.html.append(html_, at_, open - at_);
      at_ = open;
      if (at_ < html_.size()) markup();
      if (tags_ > kHtmlTags) {
        out_.cut = at_ < html_.size();
        break;
      }
    }
    return std::move(out_);
  }

 private:
  void markup() {
    const char next = at_ + 1 < html_.size() ? html_[at_ + 1] : ' ';
    if (html_.substr(at_, 4) == "<!--") {
      skip_to("-->", 4);
    } else if (html_.substr(at_, 9) == "<![CDATA[") {
      skip_to("]]>", 9);
    } else if (next == '!' || next == '?') {
      skip_to(">", 2);
    } else if (is_letter(next) || (next == '/' && at_ + 2 < html_.size() && is_letter(html_[at_ + 2]))) {
      tag(read_tag());
    } else {
      out_.html += "&lt;";
      ++at_;
    }
  }

  // Without an end the rest is left out once; the searches for others stay short.
  void skip_to(std::string_view end, std::size_t from) {
    const std::size_t found = html_.find(end, at_ + from);
    at_ = found == std::string_view::npos ? html_.size() : found + end.size();
  }

  Tag read_tag() const {
    Tag tag;
    std::size_t at = at_ + 1;
    if (html_[at] == '/') {
      tag.end = true;
      ++at;
    }
    for (; at < html_.size() && !ends_name(html_[at]); ++at)
      if (tag.name.size() < kNameBytes) tag.name += lower_case(html_[at]);
    tag.kinds = kinds_of(tag.name);
    read_attributes(at, tag);
    return tag;
  }

  void read_attributes(std::size_t at, Tag& tag) const {
    std::size_t attributes = 0;
    char before = ' ';
    for (; at < html_.size() && html_[at] != '>'; ++at) {
      const char c = html_[at];
      if ((c == '"' || c == '\'') && before == '=') {
        const std::size_t end = html_.find(c, at + 1);
        if (end == std::string_view::npos) break;
        at = end;
      } else if (before == ' ' && c != ' ') {
        ++attributes;
      }
      before =
          c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '/' || c == '"' || c == '\'' ? ' ' : c;
      tag.self_closed = c == '/';
    }
    tag.after = std::min(at + 1, html_.size());
    tag.huge = tag.after - at_ > kTagBytes || attributes > kTagAttributes || tag.name.size() == kNameBytes;
  }

  void tag(const Tag& tag) {
    ++tags_;
    const std::string_view source = html_.substr(at_, tag.after - at_);
    const bool closed = tag.self_closed && xml_;
    at_ = tag.after;
    if (tag.huge || tag.name == "plaintext" || is_second_root(tag)) return;
    if ((tag.kinds & kUnread) != 0) {
      if (!tag.end && !closed) skip_element(tag.name);
      return;
    }
    if ((tag.kinds & kVoid) != 0) {
      out_.html += source;
    } else if (tag.end) {
      close(tag, source);
    } else if (closed) {
      out_.html.append(source.substr(0, source.size() - 2)) += "></" + tag.name + '>';
    } else {
      open(tag, source);
    }
  }

  // The parser merges the attributes of later ones, one by one, into the first.
  bool is_second_root(const Tag& tag) {
    if (tag.end || (tag.name != "html" && tag.name != "body")) return false;
    return counts_[tag.name]++ > 0;
  }

  void open(const Tag& tag, std::string_view source) {
    if ((tag.kinds & kRawText) != 0) {
      out_.html += source;
      return raw_text(tag.name);
    }
    if ((tag.kinds & kSelfEnding) == 0) {
      if (open_.size() >= kHtmlDepth) {
        out_.deep = true;
        return;
      }
      open_.push_back(tag.name);
      ++counts_[tag.name];
    }
    out_.html += source;
  }

  // An end tag that closes nothing is kept: the parser ignores it or makes a paragraph of it.
  void close(const Tag& tag, std::string_view source) {
    out_.html += source;
    if ((tag.kinds & kSelfEnding) != 0) return;
    const auto count = counts_.find(tag.name);
    if (count == counts_.end() || count->second == 0) return;
    for (bool found = false; !found;) {
      found = open_.back() == tag.name;
      --counts_[open_.back()];
      open_.pop_back();
    }
  }

  // The end tag of an element whose content has no markup, from at_.
  std::size_t end_of(const std::string& name) const {
    for (std::size_t at = html_.find("</", at_); at != std::string_view::npos;
         at = html_.find("</", at + 2)) {
      const std::string_view found = html_.substr(at + 2, name.size());
      if (found.size() == name.size() && std::equal(found.begin(), found.end(), name.begin(),
                                                    [](char a, char b) { return lower_case(a) == b; }))
        return at;
    }
    return html_.size();
  }

  void skip_element(const std::string& name) {
    at_ = end_of(name);
    at_ = std::min(html_.find('>', at_), html_.size());
    if (at_ < html_.size()) ++at_;
  }

  void raw_text(const std::string& name) {
    const std::size_t end = end_of(name);
    out_.html.append(html_, at_, end - at_);
    out_.html += "</" + name + '>';
    at_ = std::min(html_.find('>', end), html_.size());
    if (at_ < html_.size()) ++at_;
  }

  const std::string_view html_;
  ScannedHtml out_;
  bool xml_ = false;
  std::size_t at_ = 0, tags_ = 0;
  std::vector<std::string> open_;
  std::map<std::string, std::size_t> counts_;
};

}  // namespace

ScannedHtml scan_html(std::string_view html) { return Scan(html).run(); }

}  // namespace rappel::extractor
