// Metadata and filters in the plugin's bodies. The fields of store/fields.h are read with pydantic's
// coercions and wording (validation.h), in the order of the table; every other member is custom metadata, or
// a condition on it, read by store/metadata_json.h and store/filter_json.h. A member that cannot be stored or
// understood is an error at its place: nothing is dropped.
#pragma once

#include <string>

#include "server/input/validation.h"
#include "store/filter.h"
#include "store/metadata.h"
#include "store/types.h"

namespace rappel {

class JsonWriter;

// `document_id` of the metadata may repeat the document's id, as answers do; null: the document has none yet.
Metadata read_metadata(const JsonValue& value, const std::string* id, const FieldPath& path,
                       FieldErrors& errors);

// Fields that stand beside the text of a document, where the LlamaIndex client puts them, and that its
// metadata lacks. A value that does not fit its field is left out, because the old service read none of them
// and that client does not look at the response.
void add_fields_beside_text(const JsonObject& document, Metadata& metadata);

Filter read_filter(const JsonValue& value, const FieldPath& path, FieldErrors& errors);

// The members of the object that `out` is in: the fields, document_id when given, the custom keys.
void write_metadata(JsonWriter& out, const Metadata& metadata, const std::string* document_id = nullptr);

// Further members of that object: the place of a chunk (store/place.h). A custom key of the same name stands
// instead.
void write_place(JsonWriter& out, const Chunk& chunk);

}  // namespace rappel
