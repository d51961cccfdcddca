#include "store/document_bounds.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "base/utf8.h"
#include "store/fields.h"

namespace rappel {
namespace {

constexpr std::size_t kShownBytes = 60;

std::size_t bytes_of(const std::string& text) { return text.size(); }
std::size_t bytes_of(const Timestamp& date) { return date.text.size(); }
std::size_t bytes_of(const std::vector<std::string>& list) {
  std::size_t bytes = 0;
  for (const std::string& item : list) bytes += item.size();
  return bytes;
}
template <class Number>
std::size_t bytes_of(Number) {
  return 8;
}

Status too_large(const std::string& id, const std::string& what) {
  const std::string_view start = std::string_view(id).substr(0, kShownBytes);
  const std::string shown(start.substr(0, utf8_valid_prefix(start)));
  const std::string document =
      id.empty() ? "a document" : fmt::format("document \"{}{}\"", shown, shown == id ? "" : "..");
  return Status(Code::kInvalidArgument, fmt::format("cannot store {}: {}", document, what));
}

}  // namespace

std::size_t metadata_bytes(const Metadata& metadata) {
  std::size_t bytes = 0;
  for (const DocumentField& field : document_fields())
    std::visit(
        [&](auto member) {
          if (const auto& value = metadata.*member) bytes += bytes_of(*value);
        },
        field.member);
  for (const auto& [key, value] : metadata.custom)
    bytes += key.size() + std::visit([](const auto& one) { return bytes_of(one); }, value);
  return bytes;
}

std::size_t summary_bytes(const DocumentSummary& summary) {
  return sizeof summary + summary.id.size() + metadata_bytes(summary.metadata) + summary.sample_text.size();
}

Status check_bounds(const std::string& id, const Metadata& metadata, const DocumentBounds& bounds) {
  if (id.size() > bounds.id_bytes)
    return too_large(id, fmt::format("its id has {} bytes, at most {} are allowed (RAPPEL_MAX_ID_BYTES)",
                                     id.size(), bounds.id_bytes));
  if (const std::size_t bytes = metadata_bytes(metadata); bytes > bounds.metadata_bytes)
    return too_large(
        id,
        fmt::format("its metadata has {} bytes, at most {} are allowed (RAPPEL_MAX_METADATA_KB); put long "
                    "texts into the document's text",
                    bytes, bounds.metadata_bytes));
  return {};
}

}  // namespace rappel
