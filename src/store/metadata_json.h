// Metadata as JSON, flat: the fields of store/fields.h in their order, then custom keys in the order of their
// bytes.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "codec/json.h"
#include "store/metadata.h"

namespace rappel {

Json value_json(const MetadataValue& value);
// All fields, null where one is not set; document_id after them when given; then the custom keys.
Json metadata_json(const Metadata& metadata, const std::string* document_id = nullptr);

// A string (or date), number, boolean or list of strings. kInvalidArgument: another shape, a number out of
// range.
Result<MetadataValue> read_plain_value(const Json& value);

// Sets one member: a field of the table, or a custom key. Null sets nothing; numbers are taken as text where
// a field is text. kInvalidArgument names the member.
Status read_member(std::string_view key, const Json& value, Metadata& metadata);
// All members of an object, within the bounds of store/custom_metadata.h.
Result<Metadata> read_metadata(const Json& object);

// Custom metadata as one JSON text, and back; for stores that keep it in one column.
std::string custom_text_of(const CustomMetadata& custom);
Result<CustomMetadata> parse_custom(std::string_view text);

}  // namespace rappel
