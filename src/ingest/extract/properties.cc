#include "ingest/extract/properties.h"

#include <string_view>

#include "base/utf8.h"

namespace rappel {
namespace {

std::string cut(std::string_view value) {
  value = value.substr(0, 1000);
  return std::string(value.substr(0, utf8_valid_prefix(value)));
}

}  // namespace

void add_properties(const std::vector<std::pair<std::string, std::string>>& properties, Metadata& metadata) {
  for (const auto& [name, value] : properties) {
    if ((name == "author" || name == "from") && !metadata.author) metadata.author = cut(value);
    if (name == "title" || name == "subject" || name == "language")
      metadata.custom.try_emplace(name, cut(value));
  }
}

std::optional<Timestamp> date_of(const std::vector<std::pair<std::string, std::string>>& properties) {
  for (const std::string_view wanted : {"created_at", "modified_at"})
    for (const auto& [name, value] : properties)
      if (name == wanted)
        if (auto date = Timestamp::parse(value); date.ok()) return std::move(*date);
  return std::nullopt;
}

}  // namespace rappel
