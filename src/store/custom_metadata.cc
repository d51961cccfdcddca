#include "store/custom_metadata.h"

#include <fmt/format.h>

#include <cmath>

#include "base/utf8.h"
#include "store/fields.h"

namespace rappel {
namespace {

Status refused(std::string_view key, const std::string& why) {
  return Status(Code::kInvalidArgument, fmt::format("metadata key \"{}\" {}", utf8_repair(key).text, why));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// YYYY-MM-DD, and nothing or a time after it.
bool begins_with_date(std::string_view text) {
  if (text.size() < 10 || text[4] != '-' || text[7] != '-') return false;
  for (const std::size_t i : {0, 1, 2, 3, 5, 6, 8, 9})
    if (!is_digit(text[i])) return false;
  return text.size() == 10 || text[10] == 'T' || text[10] == 't' || text[10] == ' ';
}

struct Measured {
  std::size_t bytes = 0;
  std::string wrong;  // empty: the value may be stored
};

Measured measure(const MetadataValue& value) {
  if (const auto* text = std::get_if<std::string>(&value))
    return {text->size(), utf8_valid(*text) ? "" : "has a text that is not UTF-8"};
  if (const auto* number = std::get_if<double>(&value))
    return {sizeof(double), std::isfinite(*number) ? "" : "has a number that is out of range"};
  const auto* list = std::get_if<std::vector<std::string>>(&value);
  if (list == nullptr) return {sizeof(std::int64_t), ""};
  Measured all;
  if (list->size() > kMaxCustomListItems)
    all.wrong =
        fmt::format("has a list of {} items, at most {} are stored", list->size(), kMaxCustomListItems);
  for (const std::string& item : *list) {
    all.bytes += item.size();
    if (!utf8_valid(item)) all.wrong = "has a text that is not UTF-8";
  }
  return all;
}

}  // namespace

MetadataValue custom_text(std::string text) {
  if (!begins_with_date(text)) return text;
  auto date = Timestamp::parse(text);
  if (!date.ok()) return text;
  return std::move(date).value();
}

Status check_custom_key(std::string_view key) {
  if (key.empty()) return Status(Code::kInvalidArgument, "a metadata key is empty");
  if (key.size() > kMaxCustomKeyBytes)
    return refused(key.substr(0, 40),
                   fmt::format("(cut) has {} bytes, at most {} are allowed", key.size(), kMaxCustomKeyBytes));
  if (!utf8_valid(key)) return refused(key, "is not UTF-8");
  if (key.front() == '$') return refused(key, "begins with $, which is kept for operators");
  if (key == kDocumentIdKey) return refused(key, "is the document's id: give it as \"id\" of the document");
  if (find_field(key) != nullptr) return refused(key, "is a field of its own");
  return {};
}

Status check_custom(const CustomMetadata& custom) {
  if (custom.size() > kMaxCustomKeys)
    return Status(
        Code::kInvalidArgument,
        fmt::format("metadata has {} keys of its own, at most {} are stored", custom.size(), kMaxCustomKeys));
  std::size_t bytes = 0;
  for (const auto& [key, value] : custom) {
    RAPPEL_TRY(check_custom_key(key));
    const Measured measured = measure(value);
    if (!measured.wrong.empty()) return refused(key, measured.wrong);
    bytes += key.size() + measured.bytes;
    if (bytes > kMaxCustomBytes)
      return refused(
          key, fmt::format("exceeds the {} bytes that a document's metadata may have", kMaxCustomBytes));
  }
  return {};
}

}  // namespace rappel
