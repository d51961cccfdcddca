#include "server/input/metadata.h"

#include <charconv>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "codec/json.h"
#include "server/http/json_writer.h"
#include "store/custom_metadata.h"
#include "store/fields.h"
#include "store/filter_json.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

constexpr const char* kStartDate = "start_date";
constexpr const char* kEndDate = "end_date";

// A number beyond 64 bits becomes one that read_plain_value() refuses.
Json integer_json(const JsonInteger& number) {
  std::int64_t value = 0;
  const char* const end = number.digits.data() + number.digits.size();
  if (std::from_chars(number.digits.data(), end, value).ec == std::errc()) return value;
  return std::numeric_limits<std::uint64_t>::max();
}

Json to_json(const JsonValue& value);

// Json looks through all members for each new one, so the work would grow with the square of their number.
// A filter with more members than it may have conditions is refused.
Json object_json(const JsonObject& object) {
  constexpr std::size_t kMembers = kMaxFilterConditions;
  Json out = Json::object();
  for (const auto& [key, member] : object) {
    out[key] = to_json(member);
    if (out.size() > kMembers) break;
  }
  return out;
}

Json to_json(const JsonValue& value) {
  if (const auto* text = value.as<std::string>()) return *text;
  if (const auto* flag = value.as<bool>()) return *flag;
  if (const auto* integer = value.as<JsonInteger>()) return integer_json(*integer);
  if (const auto* number = value.as<JsonFloat>()) return number_of(*number);
  if (const auto* array = value.as<JsonArray>()) {
    Json out = Json::array();
    for (const JsonValue& item : *array) out.push_back(to_json(item));
    return out;
  }
  if (const auto* object = value.as<JsonObject>()) return object_json(*object);
  return nullptr;
}

bool is_scalar(const JsonValue& value) { return !value.as<JsonArray>() && !value.as<JsonObject>(); }

const JsonValue* given(const JsonObject& object, std::string_view name) {
  const JsonValue* value = find_member(object, name);
  return value && !value->is_null() ? value : nullptr;
}

// An empty name would stand for an index.
FieldPath place_of(std::string_view key, const FieldPath& path) {
  return key.empty() ? path : path.member(key);
}

void add_refusal(const Status& status, const char* type, const FieldPath& path, FieldErrors& errors) {
  errors.add(path, status.message(), type);
}

std::optional<MetadataValue> read_field(const DocumentField& field, const JsonValue& value,
                                        const FieldPath& path, FieldErrors& errors) {
  switch (field.type) {
    case FieldType::kText: return read_text(value, path, errors);
    case FieldType::kChoice: return read_choice(value, field.choices, path, errors);
    case FieldType::kInteger: return read_integer(value, path, errors);
    case FieldType::kDate: {
      std::int64_t second = 0;
      auto text = read_date(value, path, errors, &second);
      if (!text) return std::nullopt;
      return Timestamp{std::move(*text), second};
    }
  }
  return std::nullopt;
}

// Members that are no field, in the order of their names; each name once, with its last value.
template <class Use>
void for_each_other(const JsonObject& object, const FieldErrors& errors, Use use) {
  std::map<std::string_view, const JsonValue*> last;
  for (const auto& [key, value] : object) last.insert_or_assign(key, &value);
  for (const auto& [key, value] : last)
    if (!errors.full() && find_field(key) == nullptr) use(key, *value);
}

void read_custom(std::string_view key, const JsonValue& value, const FieldPath& path, Metadata& metadata,
                 FieldErrors& errors) {
  if (metadata.custom.size() > kMaxCustomKeys) return;  // check_custom() refuses it
  if (const Status status = check_custom_key(key); !status.ok())
    return add_refusal(status, "value_error.metadata", path, errors);
  auto read = read_plain_value(to_json(value));
  if (!read.ok())
    return add_refusal(read.status().with_context("metadata key \"" + std::string(key) + "\""),
                       "value_error.metadata", path, errors);
  metadata.custom.insert_or_assign(std::string(key), std::move(read).value());
}

void check_id(const JsonValue& value, const std::string* id, const FieldPath& path, FieldErrors& errors) {
  const auto text = read_text(value, path, errors);
  if (text && (id == nullptr || *text != *id))
    errors.add(path, "document_id in metadata is not the document's id: give it as id of the document",
               "value_error.metadata");
}

void write_value(JsonWriter& out, const std::string& text) { out.string(text); }
void write_value(JsonWriter& out, std::int64_t number) { out.integer(number); }
void write_value(JsonWriter& out, double number) { out.real(number); }
void write_value(JsonWriter& out, bool flag) { out.boolean(flag); }
void write_value(JsonWriter& out, const Timestamp& date) { out.string(date.text); }
void write_value(JsonWriter& out, const std::vector<std::string>& list) {
  out.begin_array();
  for (const std::string& item : list) out.string(item);
  out.end_array();
}

// The conditions of one filter object.
class FilterReader {
 public:
  FilterReader(const JsonObject& object, const FieldPath& path, FieldErrors& errors)
      : object_(object), path_(path), errors_(errors) {}

  Filter read() {
    plain(kDocumentIdKey, [&](const JsonValue& value, const FieldPath& place) -> std::optional<Filter> {
      auto id = read_text(value, place, errors_);
      return id ? std::optional(Filter::document(std::move(*id))) : std::nullopt;
    });
    for (const DocumentField& field : document_fields())
      plain(field.name, [&](const JsonValue& value, const FieldPath& place) -> std::optional<Filter> {
        if (field.type == FieldType::kInteger && !value.as<JsonInteger>() && !value.as<std::string>()) {
          general(field.name, value);  // 2.7 is not 2
          return std::nullopt;
        }
        auto wanted = read_field(field, value, place, errors_);
        return wanted ? std::optional(Filter::equals(field.name, std::move(*wanted))) : std::nullopt;
      });
    plain(kStartDate,
          [&](const JsonValue& value, const FieldPath& place) { return bound(value, place, true); });
    plain(kEndDate,
          [&](const JsonValue& value, const FieldPath& place) { return bound(value, place, false); });
    for_each_other(object_, errors_, [&](std::string_view key, const JsonValue& value) {
      if (key != kDocumentIdKey && key != kStartDate && key != kEndDate) general(key, value);
    });
    Filter filter = conditions_.empty() ? Filter::all() : Filter::both_of(std::move(conditions_));
    if (const Status status = check_filter(filter); !status.ok())
      add_refusal(status, "value_error.filter", path_, errors_);
    return filter;
  }

 private:
  // A key of the plugin's own: null is as good as missing, a single value is read with its coercions.
  template <class Read>
  void plain(std::string_view key, Read read) {
    const JsonValue* const value = given(object_, key);
    if (!value) return;
    if (!is_scalar(*value)) return general(key, *value);
    if (auto condition = read(*value, path_.member(key))) conditions_.push_back(std::move(*condition));
  }

  std::optional<Filter> bound(const JsonValue& value, const FieldPath& place, bool start) {
    std::int64_t second = 0;
    if (!read_date(value, place, errors_, &second)) return std::nullopt;
    return start ? Filter::created_at_or_after(second) : Filter::created_at_or_before(second);
  }

  void general(std::string_view key, const JsonValue& value) {
    if (conditions_.size() > kMaxFilterConditions) return;  // check_filter() refuses it
    auto condition = read_condition(key, to_json(value));
    if (!condition.ok())
      return add_refusal(condition.status(), "value_error.filter", place_of(key, path_), errors_);
    conditions_.push_back(std::move(condition).value());
  }

  const JsonObject& object_;
  const FieldPath& path_;
  FieldErrors& errors_;
  std::vector<Filter> conditions_;
};

}  // namespace

Metadata read_metadata(const JsonValue& value, const std::string* id, const FieldPath& path,
                       FieldErrors& errors) {
  Metadata metadata;
  const JsonObject* const object = read_object(value, path, errors);
  if (!object) return metadata;
  for (const DocumentField& field : document_fields())
    if (const JsonValue* const member = given(*object, field.name))
      if (auto read = read_field(field, *member, path.member(field.name), errors))
        (void)set_field(field, std::move(*read), metadata);  // it has the field's type
  for_each_other(*object, errors, [&](std::string_view key, const JsonValue& member) {
    const FieldPath place = place_of(key, path);
    if (member.is_null()) return;
    if (key == kDocumentIdKey) return check_id(member, id, place, errors);
    read_custom(key, member, place, metadata, errors);
  });
  if (const Status status = check_custom(metadata.custom); !status.ok())
    add_refusal(status, "value_error.metadata", path, errors);
  return metadata;
}

void add_fields_beside_text(const JsonObject& document, Metadata& metadata) {
  FieldErrors unused;
  const FieldPath nowhere;
  for (const DocumentField& field : document_fields())
    if (const JsonValue* const member = given(document, field.name); member && !field_value(field, metadata))
      if (auto read = read_field(field, *member, nowhere, unused))
        (void)set_field(field, std::move(*read), metadata);  // it has the field's type
}

Filter read_filter(const JsonValue& value, const FieldPath& path, FieldErrors& errors) {
  const JsonObject* const object = read_object(value, path, errors);
  return object ? FilterReader(*object, path, errors).read() : Filter::all();
}

void write_metadata(JsonWriter& out, const Metadata& metadata, const std::string* document_id) {
  for (const DocumentField& field : document_fields()) {
    out.key(field.name);
    std::visit(
        [&](auto member) {
          if (const auto& value = metadata.*member)
            write_value(out, *value);
          else
            out.null();
        },
        field.member);
  }
  if (document_id != nullptr) out.key(kDocumentIdKey).string(*document_id);
  for (const auto& [key, value] : metadata.custom) {
    out.key(key);
    std::visit([&](const auto& one) { write_value(out, one); }, value);
  }
}

void write_place(JsonWriter& out, const Chunk& chunk) {
  for (const auto& [name, value] : place_members(chunk)) {
    if (chunk.metadata->custom.contains(name)) continue;
    out.key(name);
    std::visit([&](const auto& plain) { write_value(out, plain); }, value);
  }
}

}  // namespace rappel
