#include "cli/metadata_args.h"

#include <utility>

#include "codec/json.h"
#include "ingest/source/given_metadata.h"
#include "store/custom_metadata.h"
#include "store/fields.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

// A field that is a number takes its digits.
Json value_of(const std::string& key, const std::string& text) {
  const DocumentField* const field = find_field(key);
  if (field == nullptr || field->type != FieldType::kInteger) return text;
  const auto json = parse_json(text);
  return json.ok() && json->is_number() ? *json : Json(text);
}

Result<Metadata> parse_one(const std::string& text) {
  if (text.starts_with('{')) {
    RAPPEL_ASSIGN(const Json object, parse_json(text));
    return read_metadata(object);
  }
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos)
    return Status(Code::kInvalidArgument,
                  "expected key=value (author=Ann) or a JSON object ({\"pages\":3,\"tags\":[\"a\"]})");
  Metadata metadata;
  const std::string key = text.substr(0, equals);
  RAPPEL_TRY(read_member(key, value_of(key, text.substr(equals + 1)), metadata));
  RAPPEL_TRY(check_custom(metadata.custom));
  return metadata;
}

}  // namespace

Result<Metadata> parse_metadata(std::span<const std::string> texts) {
  Metadata metadata;
  for (const std::string& text : texts) {
    auto one = parse_one(text);
    if (!one.ok()) return one.status().with_context("--meta " + text);
    overlay(*one, metadata);
  }
  RAPPEL_TRY(check_custom(metadata.custom));
  return metadata;
}

}  // namespace rappel
