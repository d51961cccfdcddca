#include "extractor/xml/xml_scan.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/utf8.h"

namespace rappel::extractor {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF", kBlanks = " \t\r\n";
constexpr std::pair<std::string_view, char> kEntities[] = {
    {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool ends_name(char c) { return is_blank(c) || c == '>' || c == '/' || c == '='; }

bool is_plain(std::string_view bytes) {
  if (bytes.find('\0') < 4 || bytes.starts_with("\xFE\xFF") || bytes.starts_with("\xFF\xFE")) return false;
  if (bytes.find("<!DOCTYPE") != std::string_view::npos) return false;
  if (!bytes.starts_with("<?xml")) return true;
  const std::string head = lower_case(bytes.substr(0, bytes.find("?>")));
  const std::size_t encoding = head.find("encoding");
  return encoding == std::string::npos || head.find("utf-8", encoding) != std::string::npos;
}

// "&amp;" and "&#38;" at the start of `text` go to `out`. Returns their bytes; 0: there is no known one.
std::size_t decode_entity(std::string_view text, std::string& out) {
  constexpr std::size_t kLongest = 12;
  const std::size_t end = text.substr(0, kLongest).find(';');
  if (end == std::string_view::npos) return 0;
  std::string_view name = text.substr(1, end - 1);
  for (const auto& [known, character] : kEntities)
    if (name == known) return out += character, end + 1;
  if (!name.starts_with('#')) return 0;
  const int base = name.size() > 1 && name[1] == 'x' ? 16 : 10;
  name.remove_prefix(base == 16 ? 2 : 1);
  unsigned code = 0;
  const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), code, base);
  if (error != std::errc() || rest != name.data() + name.size()) return 0;
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return 0;
  utf8_append(out, code);
  return end + 1;
}

enum class Place { kText, kCdata, kAttribute };

// Line ends become those in memory, and blanks of every kind in an attribute become one.
void decode(std::string_view text, Place place, std::string& out) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (const std::size_t entity =
            c == '&' && place != Place::kCdata ? decode_entity(text.substr(at), out) : 0) {
      at += entity - 1;
      continue;
    }
    if (c == '\r' && at + 1 < text.size() && text[at + 1] == '\n') continue;
    const char shown = c == '\r' ? '\n' : c;
    out += place == Place::kAttribute && is_blank(shown) ? ' ' : shown;
  }
}

class Scan {
 public:
  Scan(std::string_view bytes, XmlEvents& events) : bytes_(bytes), events_(events) {}

  Status run() {
    if (bytes_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
    while (at_ < bytes_.size()) {
      const std::size_t markup = std::min(bytes_.find('<', at_), bytes_.size());
      if (markup > at_) RAPPEL_TRY(tell_text(bytes_.substr(at_, markup - at_)));
      at_ = markup;
      if (at_ < bytes_.size()) RAPPEL_TRY(take_markup());
    }
    return open_.empty() && ended_ ? Status() : damaged();
  }

 private:
  static Status damaged() { return refuse_xml("is damaged"); }

  Status take_markup() {
    const std::string_view rest = bytes_.substr(at_);
    if (rest.starts_with("</")) return take_end();
    if (rest.starts_with("<!--")) return skip("<!--", "-->").status();
    if (rest.starts_with("<?")) return skip("<?", "?>").status();
    if (!rest.starts_with("<!")) return take_start();
    constexpr std::string_view kCdata = "<![CDATA[";
    if (!rest.starts_with(kCdata) || open_.empty()) return damaged();
    RAPPEL_ASSIGN(const std::string_view text, skip(kCdata, "]]>"));
    return tell(text, Place::kCdata);
  }

  // The text between the two; the first one is here.
  Result<std::string_view> skip(std::string_view begin, std::string_view end) {
    const std::size_t start = at_ + begin.size(), found = bytes_.find(end, start);
    if (found == std::string_view::npos) return damaged();
    at_ = found + end.size();
    return bytes_.substr(start, found - start);
  }

  Status tell_text(std::string_view text) {
    if (!open_.empty()) return tell(text, Place::kText);
    return text.find_first_not_of(kBlanks) == std::string_view::npos ? Status() : damaged();
  }

  Status tell(std::string_view text, Place place) {
    if (std::none_of(text.begin(), text.end(), [](char c) { return c == '&' || c == '\r'; }))
      return events_.text(text);
    text_.clear();
    decode(text, place, text_);
    return events_.text(text_);
  }

  void skip_blanks() {
    while (at_ < bytes_.size() && is_blank(bytes_[at_])) ++at_;
  }

  std::string_view take_name() {
    const std::size_t start = at_;
    while (at_ < bytes_.size() && !ends_name(bytes_[at_])) ++at_;
    return bytes_.substr(start, at_ - start);
  }

  bool take(char c) {
    const bool here = at_ < bytes_.size() && bytes_[at_] == c;
    if (here) ++at_;
    return here;
  }

  Status take_start() {
    ++at_;
    const std::string_view name = take_name();
    if (name.empty() || ended_) return damaged();
    if (open_.size() == static_cast<std::size_t>(kMaxXmlDepth)) return refuse_xml("is nested too deep");
    attributes_.clear();
    decoded_.clear();
    for (skip_blanks(); at_ < bytes_.size() && bytes_[at_] != '>' && bytes_[at_] != '/'; skip_blanks())
      if (!take_attribute()) return damaged();
    const bool empty = take('/');
    if (!take('>')) return damaged();
    open_.push_back(name);
    RAPPEL_TRY(events_.start(local_xml_name(name), XmlAttributes(attributes_)));
    return empty ? close() : Status();
  }

  bool take_attribute() {
    const std::string_view name = take_name();
    skip_blanks();
    if (name.empty() || !take('=')) return false;
    skip_blanks();
    const char quote = at_ < bytes_.size() ? bytes_[at_] : '\0';
    if (quote != '"' && quote != '\'') return false;
    const std::size_t end = bytes_.find(quote, ++at_);
    if (end == std::string_view::npos) return false;
    std::string_view value = bytes_.substr(at_, end - at_);
    at_ = end + 1;
    const bool plain = std::none_of(value.begin(), value.end(),
                                    [](char c) { return c == '&' || (is_blank(c) && c != ' '); });
    if (!plain) {
      decode(value, Place::kAttribute, decoded_.emplace_back());
      value = decoded_.back();
    }
    attributes_.push_back({local_xml_name(name), value});
    return true;
  }

  Status take_end() {
    at_ += 2;
    const std::string_view name = take_name();
    skip_blanks();
    if (open_.empty() || open_.back() != name || !take('>')) return damaged();
    return close();
  }

  Status close() {
    const std::string_view name = open_.back();
    open_.pop_back();
    ended_ = open_.empty();
    return events_.end(local_xml_name(name));
  }

  const std::string_view bytes_;
  XmlEvents& events_;
  std::size_t at_ = 0;
  bool ended_ = false;  // the root
  std::vector<std::string_view> open_;
  std::vector<XmlAttribute> attributes_;
  std::deque<std::string> decoded_;  // values of attributes_
  std::string text_;
};

}  // namespace

std::optional<Status> scan_xml(std::string_view bytes, XmlEvents& events) {
  if (!is_plain(bytes)) return std::nullopt;
  return Scan(bytes, events).run();
}

}  // namespace rappel::extractor
