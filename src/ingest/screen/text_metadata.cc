#include "ingest/screen/text_metadata.h"

#include <algorithm>
#include <string>

#include "base/ascii.h"
#include "base/utf8.h"

namespace rappel {
namespace {

constexpr std::size_t kLooked = 8192;  // bytes from the start
constexpr std::size_t kLongest = 200;  // bytes of a value

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '*' || c == '_'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// The value of "Label: value" for any of the labels; "" for other lines.
std::string value_after(std::string_view line, std::initializer_list<std::string_view> labels) {
  for (const std::string_view label : labels) {
    if (line.size() <= label.size() || lower_case(line.substr(0, label.size())) != label) continue;
    const std::string_view value = trimmed(line.substr(label.size()));
    if (value.empty() || value.size() > kLongest || !utf8_valid(value)) return "";
    return std::string(value);
  }
  return "";
}

void look_at(std::string_view line, Metadata& metadata) {
  if (metadata.custom.empty()) {
    std::string title = value_after(line, {"title:"});
    if (title.empty() && line.starts_with("# ")) title = value_after(line, {"# "});
    if (!title.empty()) metadata.custom["title"] = std::move(title);
  }
  if (!metadata.author) {
    std::string author = value_after(line, {"author:", "written by ", "by: "});
    if (author.empty() && line.starts_with("By ") && line.size() < 60 &&
        line.find('.') == std::string_view::npos)
      author = value_after(line, {"by "});
    if (!author.empty()) metadata.author = std::move(author);
  }
  if (!metadata.created_at) {
    const std::string date = value_after(line, {"date:", "published:", "created:"});
    if (auto parsed = Timestamp::parse(date); !date.empty() && parsed.ok())
      metadata.created_at = std::move(*parsed);
  }
  if (!metadata.url) {
    const std::string url = value_after(line, {"url:", "source:"});
    if (url.starts_with("http://") || url.starts_with("https://")) metadata.url = url;
  }
}

}  // namespace

Metadata text_metadata(std::string_view text) {
  Metadata metadata;
  text = text.substr(0, kLooked);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    look_at(trimmed(text.substr(0, end)), metadata);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return metadata;
}

}  // namespace rappel
