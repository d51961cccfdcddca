#include "server/input/ingest_options.h"

#include <algorithm>
#include <string>

namespace rappel {
namespace {

const FieldPath kQuery{nullptr, "query", 0};
constexpr std::string_view kScreenings[] = {"off", "report", "skip", "redact"};

JsonValue text_value(std::string_view text) { return JsonValue(std::string(text)); }

bool flag(std::string_view query, std::string_view name, FieldErrors& errors) {
  const auto text = query_member(query, name);
  return text && read_boolean(text_value(*text), kQuery.member(name), errors).value_or(false);
}

}  // namespace

std::optional<std::string_view> query_member(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    query.remove_prefix(1);  // "?" or "&"
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view member = query.substr(0, end);
    query.remove_prefix(end);
    if (member.starts_with(name) && member.substr(name.size(), 1) == "=")
      return member.substr(name.size() + 1);
  }
  return std::nullopt;
}

IngestOptions read_ingest_options(std::string_view query, FieldErrors& errors) {
  IngestOptions options;
  if (const auto text = query_member(query, "pii"))
    if (const auto choice = read_choice(text_value(*text), kScreenings, kQuery.member("pii"), errors))
      options.screening = parse_screening(*choice);
  options.extract_metadata = flag(query, "extract_metadata", errors);
  options.force = flag(query, "force", errors);
  return options;
}

}  // namespace rappel
