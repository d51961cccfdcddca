#include "extractor/plain/front_matter.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "extractor/plain/lines.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kMost = 64 << 10;

struct Name {
  std::string_view key, property;
};

constexpr Name kNames[] = {
    {"title", "title"},       {"author", "author"},       {"authors", "author"},      {"subtitle", "subject"},
    {"summary", "subject"},   {"description", "subject"}, {"date", "created_at"},     {"lang", "language"},
    {"language", "language"}, {"lastmod", "modified_at"}, {"updated", "modified_at"},
};

// Up to the line that closes the front matter; npos if none does.
std::size_t end_of(std::string_view text, std::size_t& after) {
  Lines lines(text.substr(0, kMost));
  std::string_view line;
  if (!lines.next(line) || trim(line) != "---" || !line.starts_with("---")) return std::string_view::npos;
  while (lines.next(line)) {
    if (trim(line) != "---" && trim(line) != "...") continue;
    after = lines.at();
    return lines.begin();
  }
  return std::string_view::npos;
}

std::string_view unquoted(std::string_view value) {
  value = trim(value);
  if (value.size() >= 2 && (value[0] == '"' || value[0] == '\'') && value.back() == value[0])
    value = value.substr(1, value.size() - 2);
  return value;
}

bool is_date(std::string_view value) {
  return value.size() >= 10 && value[4] == '-' && value[7] == '-' &&
         std::isdigit(static_cast<unsigned char>(value[0])) != 0;
}

Status give(std::string_view line, ContentSink& sink) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || line.starts_with(' ')) return {};
  const std::string_view key = trim(line.substr(0, colon)), value = unquoted(line.substr(colon + 1));
  for (const Name& name : kNames) {
    if (name.key != key || value.starts_with('[') || value.starts_with('{')) continue;
    if (!name.property.ends_with("_at")) return sink.property(name.property, std::string(value));
    if (is_date(value)) return sink.property(name.property, std::string(value.substr(0, 10)) + "T00:00:00Z");
  }
  return {};
}

}  // namespace

Status take_front_matter(std::string_view& text, ContentSink& sink) {
  std::size_t after = 0;
  const std::size_t end = end_of(text, after);
  if (end == std::string_view::npos) return {};
  Lines lines(text.substr(0, end));
  for (std::string_view line; lines.next(line);) RAPPEL_TRY(give(line, sink));
  text.remove_prefix(after);
  return {};
}

}  // namespace rappel::extractor
