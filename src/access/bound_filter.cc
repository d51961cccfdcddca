#include "access/bound_filter.h"

#include "codec/json_keys.h"
#include "store/fields.h"
#include "store/filter_json.h"
#include "store/removal.h"

namespace rappel {
namespace {

using Stamps = std::vector<std::pair<std::string, MetadataValue>>;

Status invalid(const std::string& message) { return Status(Code::kInvalidArgument, message); }

Status collect(const Filter& filter, Stamps& stamps) {
  if (filter.op == Filter::Op::kAnd) {
    for (const Filter& child : filter.children) RAPPEL_TRY(collect(child, stamps));
    return {};
  }
  if (filter.op != Filter::Op::kIn || filter.values.size() != 1)
    return invalid("the filter of a token that may write takes equalities only, such as team=x");
  stamps.emplace_back(filter.key, filter.values.front());
  return {};
}

bool names_ids(const Filter& filter) {
  if (filter.key == kDocumentIdKey) return true;
  for (const Filter& child : filter.children)
    if (names_ids(child)) return true;
  return false;
}

Status set(const Stamps& stamps, Metadata& metadata) {
  for (const auto& [key, value] : stamps) {
    if (const DocumentField* const field = find_field(key))
      RAPPEL_TRY(set_field(*field, value, metadata));
    else
      metadata.custom[key] = value;
  }
  return {};
}

}  // namespace

Result<Json> bound_json(std::span<const std::string> texts) {
  Json all = Json::array();
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (text.starts_with('{')) {
      if (const auto key = repeated_key(text))
        return invalid("--filter: the key \"" + *key + "\" stands twice");
      auto object = parse_json(text);
      if (!object.ok()) return object.status().with_context("--filter");
      all.push_back(*std::move(object));
    } else if (equals == std::string::npos || equals == 0 || text.starts_with('@')) {
      return invalid("--filter " + text + ": expected key=value (team=x) or a JSON object");
    } else {
      Json pair = Json::object();
      pair[text.substr(0, equals)] = text.substr(equals + 1);
      all.push_back(std::move(pair));
    }
  }
  if (all.size() == 1) return Json(all.front());
  Json joined = Json::object();
  joined["$and"] = std::move(all);
  return joined;
}

Result<Filter> read_bound(const Json& json, const Scopes& scopes) {
  for (const auto& [key, value] : json.items())
    if (value.is_null())
      return invalid("the filter of a token: " + key + " is null, which restricts nothing");
  RAPPEL_ASSIGN(Filter filter, read_filter(json));
  RAPPEL_TRY(check_filter(filter));
  if (filter.unrestricted() || (!filter.selects_by_absence() && leaves_nothing_out(filter)))
    return invalid("the filter of a token restricts nothing: name a key and a value, such as team=x");
  if (names_ids(filter))
    return invalid("the filter of a token takes metadata, not document ids: give the documents a key");
  if (scopes.has(Scope::kWrite)) RAPPEL_TRY(stamps_of(filter).status());
  return filter;
}

Result<Stamps> stamps_of(const Filter& bound) {
  Stamps stamps;
  RAPPEL_TRY(collect(bound, stamps));
  Metadata metadata;
  RAPPEL_TRY(set(stamps, metadata));
  if (!matches(bound, "", metadata))
    return invalid("the filter of a token that may write has two values for one key: no document has both");
  return stamps;
}

Status stamp(const Filter& bound, Metadata& metadata) {
  RAPPEL_ASSIGN(const Stamps stamps, stamps_of(bound));
  return set(stamps, metadata);
}

}  // namespace rappel
