#include "cli/filter_args.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/os/file.h"
#include "codec/json.h"
#include "codec/json_keys.h"
#include "store/filter_json.h"

namespace rappel {
namespace {

constexpr std::size_t kMostFileBytes = std::size_t{1} << 20;
constexpr std::size_t kMostShown = 80;  // bytes of a text in a message
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Status refused(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

std::string_view without_space_before(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

Result<Filter> json_filter(std::string_view text, FilterUse use) {
  if (const auto key = repeated_key(text)) return refused(fmt::format("the key \"{}\" stands twice", *key));
  RAPPEL_ASSIGN(const Json object, parse_json(text));
  if (!object.is_object()) return refused("expected a JSON object, such as {\"author\": \"Ann\"}");
  for (const auto& [key, value] : object.items())
    if (use == FilterUse::kRemoval && value.is_null())
      return refused(fmt::format("{}: null would widen a removal; leave the key out", key));
  return read_filter(object);
}

Result<Filter> file_filter(const std::string& path, FilterUse use) {
  auto content = read_file(path, kMostFileBytes);
  if (!content.ok())
    return content.status().with_context(
        "a text that begins with @ names a file with the filter; write a key with @ as a JSON object");
  std::string_view text = *content;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return json_filter(text, use);
}

// key=value is equality. "pages>=3" and "author = Ann" would look for the keys "pages>" and "author ", which
// no document has.
Status check_key(std::string_view key) {
  if (key.empty()) return refused("expected a key before =");
  constexpr std::pair<char, std::string_view> kComparisons[] = {{'>', "gte"}, {'<', "lte"}, {'!', "ne"}};
  for (const auto& [sign, name] : kComparisons)
    if (key.back() == sign)
      return refused(fmt::format("key=value means equality; write {}= as {{\"{}\":{{\"{}\":..}}}}", sign,
                                 key.substr(0, key.size() - 1), name));
  if (key.front() == ' ' || key.back() == ' ')
    return refused("the key begins or ends with a space; write key=value without spaces around =");
  return {};
}

Result<Filter> pair_filter(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos)
    return refused(
        "expected key=value (source=file, author=Ann), a JSON object "
        "({\"created_at\":{\"gte\":\"2026-01-01\"}}) or @ and the path of a file with one");
  const std::string key = text.substr(0, equals), value = text.substr(equals + 1);
  RAPPEL_TRY(check_key(key));
  return read_text_condition(key, value);
}

Result<Filter> parse_one(const std::string& text, FilterUse use) {
  const std::string_view content = without_space_before(text);
  if (content.starts_with('{') || content.starts_with('[') || content.starts_with('"'))
    return json_filter(content, use);
  if (content.starts_with('@')) return file_filter(std::string(content.substr(1)), use);
  return pair_filter(text);
}

}  // namespace

Result<Filter> parse_filter(std::span<const std::string> texts, FilterUse use) {
  std::vector<Filter> conditions;
  for (const std::string& text : texts) {
    auto filter = parse_one(text, use);
    if (!filter.ok())
      return filter.status().with_context(text.size() > kMostShown ? "--filter" : "--filter " + text);
    conditions.push_back(std::move(filter).value());
  }
  Filter all = Filter::both_of(std::move(conditions));
  RAPPEL_TRY(check_filter(all));
  return all;
}

}  // namespace rappel
