// Attributes of a file in a vector store: up to 16 keys with a text, a number or a boolean each, which come
// back as they were given and can be filtered on.
//
// The document of the file has them among its custom metadata, under the same key wherever that can be: so
// the filters of tokens and of other protocols see them too. A key that custom metadata cannot have (author,
// $x) stands there behind kEscaped.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "server/input/lenient_object.h"
#include "store/metadata.h"

namespace rappel {

class JsonWriter;

using Attributes = CustomMetadata;  // by the keys of the client; no lists

inline constexpr std::string_view kEscaped = "attribute:";

// The key that an attribute has in the metadata of the document.
std::string metadata_key(std::string_view attribute);

// `param` names the member in the fault.
std::variant<Attributes, InputFault> read_attributes(const JsonValue& value, std::string_view param);
// Text, number or boolean; nothing else.
std::optional<MetadataValue> read_attribute_value(const JsonValue& value);

CustomMetadata metadata_of(const Attributes& attributes);
// The custom metadata of a document that came another way, without lists.
Attributes attributes_of(const CustomMetadata& metadata);

// As an object.
void write_attributes(JsonWriter& out, const Attributes& attributes);

}  // namespace rappel
