#include "server/input/removal_filter.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "store/fields.h"

namespace rappel {
namespace {

// Those of DocumentMetadataFilter in the Python service; a client writes all of them or those that are given.
constexpr std::string_view kPluginKeys[] = {"document_id", "source",     "source_id",
                                            "author",      "start_date", "end_date"};

constexpr const char* kType = "value_error.filter";

// Null for a custom key is an error in any filter.
bool null_is_absent(std::string_view key) {
  return find_field(key) != nullptr || std::ranges::find(kPluginKeys, key) != std::end(kPluginKeys);
}

FieldPath place_of(std::string_view key, const FieldPath& path) {
  return key.empty() ? path : path.member(key);  // an empty name would stand for an index
}

void refuse_repeated_keys(const JsonValue& value, const FieldPath& path, FieldErrors& errors) {
  if (const auto* list = value.as<JsonArray>())
    for (std::size_t i = 0; i < list->size() && !errors.full(); ++i)
      refuse_repeated_keys((*list)[i], path.item(i), errors);
  const auto* object = value.as<JsonObject>();
  std::set<std::string_view> seen;
  for (std::size_t i = 0; object && i < object->size() && !errors.full(); ++i) {
    const auto& [key, member] = (*object)[i];
    if (!seen.insert(key).second)
      errors.add(place_of(key, path), "the filter of a removal has this key twice; give it once", kType);
    refuse_repeated_keys(member, place_of(key, path), errors);
  }
}

}  // namespace

void check_removal_filter(const JsonValue& filter, const FieldPath& path, FieldErrors& errors) {
  refuse_repeated_keys(filter, path, errors);
  const auto* object = filter.as<JsonObject>();
  if (!object) return;
  const bool written_out = std::ranges::all_of(
      kPluginKeys, [&](std::string_view key) { return find_member(*object, key) != nullptr; });
  for (const auto& [key, value] : *object)
    if (value.is_null() && !written_out && null_is_absent(key) && !errors.full())
      errors.add(path.member(key), "null would widen a removal; leave the key out", kType);
}

}  // namespace rappel
