#include "ingest/extract/text_sniff.h"

#include <algorithm>

#include "base/ascii.h"

namespace rappel {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\f";

bool begins_with(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && std::equal(start.begin(), start.end(), text.begin(),
                                                   [](char a, char b) { return a == lower_case(b); });
}

std::string_view without_blanks(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(kBlanks), text.size()));
}

// After what may stand before the first element.
std::string_view first_element(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (text = without_blanks(text);; text = without_blanks(text)) {
    const std::string_view end = text.starts_with("<!--") ? "-->" : text.starts_with("<?") ? "?>" : "";
    const std::size_t at = end.empty() ? std::string_view::npos : text.find(end);
    if (at == std::string_view::npos) return text;
    text.remove_prefix(at + end.size());
  }
}

bool begins_as_json(std::string_view text) {
  text = without_blanks(text);
  if (text.size() < 2 || (text[0] != '{' && text[0] != '[')) return false;
  const bool object = text[0] == '{';
  text = without_blanks(text.substr(1));
  if (text.empty()) return false;
  return object ? text[0] == '"' || text[0] == '}'
                : std::string_view("\"{[]-0123456789").find(text[0]) != std::string_view::npos;
}

// Two header fields that mails have, in lines before the first empty one.
bool begins_as_mail(std::string_view text) {
  int known = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (line.empty() || line == "\r") break;
    const bool continued = line[0] == ' ' || line[0] == '\t';
    if (!continued && line.substr(0, line.find(':')).find_first_of(" \t") != std::string_view::npos) break;
    for (const std::string_view name : {"from:", "to:", "subject:", "date:", "message-id:", "mime-version:",
                                        "received:", "return-path:", "delivered-to:", "reply-to:"})
      known += begins_with(line, name) ? 1 : 0;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return known >= 2;
}

}  // namespace

bool begins_as_html(std::string_view start) {
  const std::string_view element = first_element(start);
  return begins_with(element, "<!doctype html") || begins_with(element, "<html");
}

std::string_view sniff_text(std::string_view start) {
  if (begins_as_html(start)) return "text/html";
  if (start.starts_with("<?xml") || start.starts_with("\xEF\xBB\xBF<?xml")) return "application/xml";
  if (start.starts_with("From ") &&
      begins_as_mail(start.substr(std::min(start.find('\n'), start.size() - 1) + 1)))
    return "application/mbox";
  if (begins_as_mail(start)) return "message/rfc822";
  return begins_as_json(start) ? "application/json" : "";
}

}  // namespace rappel
